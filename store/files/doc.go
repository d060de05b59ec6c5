// Package files keeps uploaded files in a folder beside the store, one file for
// each, for package xmpp/ext/upload. It follows no document.
//
//  1. Write makes DIR/tmp/ID and fills it, in pieces, as long as the disk has room.
//  2. When all has come it is synced, renamed to DIR/XY/ID (XY are the first two
//     letters of the id, so that no folder becomes too large), and the folder is synced:
//     a file that can be seen is whole, whatever happens.
//  3. Open and Remove find it by its id.
//  4. Clean, at a start, removes what a crash has left in tmp, and whole files that
//     its caller does not know.
//
// Ids are made by the server and are plain letters and digits; an id that is not is
// refused, so that no path can come of it. Nothing a client chooses is a part of a path.
//
// Files in reading order: folder.go, clean.go, space_unix.go.
//
// It knows no owners, no quota and no time: the store has these.
package files
