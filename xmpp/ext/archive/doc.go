// Package archive keeps the messages of accounts, and gives them back (XEP-0313 1.1, with XEP-0059, XEP-0359 and XEP-0441).
package archive
