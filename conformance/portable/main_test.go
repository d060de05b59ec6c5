package portable

import (
	"testing"

	"causeway/conformance/process"
)

const domain = "capulet.lit"

func TestMain(m *testing.M) { process.Main(m) }
