// Kubo, the IPFS node, pinned by the hashes of go.sum; tools/setup_stores.sh builds it for the deep tests of stores.
module tongxin.invalid/tools/kubo

go 1.25

require github.com/ipfs/kubo v0.39.0

// The version that Kubo 0.39 asks for does not compile with Go 1.26.
replace github.com/cockroachdb/swiss => github.com/cockroachdb/swiss v0.0.0-20260820225851-333444432258
