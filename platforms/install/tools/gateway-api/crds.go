// Package crds keeps the module in go.mod: of it, only the CRDs are read (config/crd/standard), and nothing is built.
package crds

import _ "sigs.k8s.io/gateway-api/pkg/consts"
