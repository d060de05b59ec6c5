// Package backup takes backups of a running server, by the commands an operator would use, and holds what comes back
// against what was there. It follows no document but doc/adr/0010-backup.md; archives are read as XEP-0313 says.
//
//  1. People send messages as fast as they are acknowledged, and remember which. Meanwhile a full backup is taken, then an
//     increment, then, when all is quiet, another.
//  2. Each point of the chain is restored into a server of its own. Page by page, everybody's archive there must be the
//     beginning of the one of the original, and have all that was acknowledged before the backup was asked for. The last
//     one must be the same to the byte, whichever way it is paged through.
//  3. In the second run the server is killed while it takes a backup. There must be no file, the server must start again
//     with all that was acknowledged, and the next backup must succeed.
//
// Files in reading order: backup_test.go (the runs), people_test.go (who sends), archive_test.go (pages), latency_test.go (how long
// messages wait beside a backup; only measured).
//
// Damaged files, chains that do not fit and full disks are looked at in package store/backup.
package backup
