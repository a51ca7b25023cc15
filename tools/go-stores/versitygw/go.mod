// Versity's S3 gateway, pinned by the hashes of go.sum; tools/setup_stores.sh builds it for the deep tests of stores.
module tongxin.invalid/tools/versitygw

go 1.25.0

require github.com/versity/versitygw v1.8.0
