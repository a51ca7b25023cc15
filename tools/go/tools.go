// SPDX-License-Identifier: AGPL-3.0-only

//go:build tools

// Package tools keeps the test vectors among the modules that go.mod pins.
package tools

import _ "c2sp.org/CCTV/age"
