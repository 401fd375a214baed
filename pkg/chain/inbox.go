package chain

import "strings"

// IsInbox tells whether a reply's subject is somebody's inbox. Whoever answers may publish what who asks may not, such as blocks, and must
// not be talked into it by a request that wants its answer there: an answer goes to an inbox or nowhere.
func IsInbox(subject string) bool { return strings.HasPrefix(subject, "_INBOX") }
