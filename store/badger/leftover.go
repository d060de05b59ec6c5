package badger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/ristretto/v2/z"
)

// isLeftover reports whether Badger has refused to open because of a log file
// without a byte in it. Badger makes a log by creating the file and then giving
// it its size, and drops one by taking its size and then removing it; a process
// that is killed between the two leaves an empty file (seen with 4.9.6). Badger
// wraps its errors as text, so the text is all there is to go by. An error of
// this kind also says that no other process had the folder.
func isLeftover(err error) bool {
	return err != nil && strings.HasSuffix(err.Error(), z.NewFile.Error())
}

// removeLeftovers removes the log files that have nothing in them.
func removeLeftovers(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".mem") && !strings.HasSuffix(f.Name(), ".vlog") {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return err
		}
		if info.Size() > 0 || !info.Mode().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return fmt.Errorf("remove an empty log: %w", err)
		}
	}
	return nil
}

// checkComplete refuses a folder that has tables of Badger's but not the list of
// them: Badger would take them for leftovers and remove them.
func checkComplete(dir string) error {
	if dir == "" {
		return nil // in memory
	}
	_, err := os.Stat(filepath.Join(dir, badgerdb.ManifestFilename))
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err == nil && len(tables) > 0 {
		err = fmt.Errorf("%w: %d tables, and no file %s", ErrDamaged, len(tables), badgerdb.ManifestFilename)
	}
	return err
}
