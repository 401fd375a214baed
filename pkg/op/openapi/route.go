package openapi

import "renlin.dev/pkg/fault"

// Route is one address of the document with its method. An operation of a model tells its own; every other route has a row.
type Route struct {
	Method string
	// Path is the address, whose {variables} hold no slash.
	Path string
	// Name is "service.verb", as an operation's is.
	Name string
	// Words are one sentence that says what it does.
	Words
	// Access is who may ask.
	Access Access
	// Params are the variables of the path that are no opaque ids, the questions after "?" and further headers.
	Params []Param
	// Body is what is sent; nil where nothing is.
	Body *Body
	// Idempotent says that the request needs an Idempotency-Key.
	Idempotent bool
	// Signing says how the request is signed; nil where it is not.
	Signing *Signing
	// Answers are what comes when all is well, Faults what may come instead, beside what follows from the rest.
	Answers []Answer
	Faults  []*fault.Fault
}

// Words are a sentence in both languages.
type Words struct{ English, Chinese string }

// Access is who may ask, in the words of docs/ACCESS.md.
type Access string

// Who may ask at a route that is no operation.
const (
	Anyone   Access = "anyone"
	Members  Access = "members"  // active members in a session, and whoever has the operator's token
	Own      Access = "own"      // an active member in a session for themselves, an officer for others
	Self     Access = "self"     // an active member in a session, for themselves; not the operator
	Involved Access = "involved" // whom the record itself names, in a session
	Workers  Access = "workers"  // grid workers and officers who signed in with their device
	Officers Access = "officers" // officers who signed in with their device
	// Examiners are auditors and officers who signed in with their device.
	Examiners Access = "examiners"
	Readers   Access = "readers"  // as the record's kind says: anyone, members, or officers; and the operator's token
	Founders  Access = "founders" // whoever has the operator's token; where development is on, whoever is at the machine itself
	Signed    Access = "signed"   // whoever signs with a member's key
	Signers   Access = "signers"  // whoever signs with a member's key; where development is on, whoever is at the machine itself
)

// Param is a variable of the path, a question after "?", or a header of a request or of an answer.
type Param struct {
	Name     string
	In       string // "path", "query" or "header"; of an answer's header empty
	Required bool
	// Number says that the value is a whole number, not negative. Otherwise it is text, which fits Pattern where there is one.
	Number  bool
	Pattern string
	// Values are all that there are, where there are few.
	Values []string
	Words
}

// Body is what is sent.
type Body struct {
	Media string
	// Also are further media types in which bytes are taken.
	Also []string
	// Shape is a message of the contracts or a Go value whose JSON has the body's shape; nil for what is no JSON.
	Shape    any
	BytesMax int64
}

// Signing says how a request is signed: like a command, under an operation's name.
type Signing struct {
	Operation string
	Optional  bool
	Founding  bool // over a zero genesis hash, without an end, by both founders
}

// Answer is what comes when all is well.
type Answer struct {
	Status  int
	Media   string // empty where there is no body
	Shape   any    // as a Body's
	Headers []Param
	Words
}
