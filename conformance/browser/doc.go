// Package browser has a headless Chromium use what the server has for browsers, against
// the built binary: the page of ours (page_test.go). Chromium is Debian's, and speaks to
// this machine only.
//
// Without Chromium the tests are skipped, and fail where CI is set. With SCREENSHOTS set to
// a folder, pictures of the page are left there.
package browser
