// Package form holds data forms (XEP-0004, with the hidden FORM_TYPE of
// XEP-0068): how a service asks for fields, and how it reads what was filled in.
//
//  1. A service makes a [Form] of type [Ask] and appends it to its answer.
//  2. The other side sends it back as type [Submit]; [Parse] reads it, whatever
//     field types it left out.
//  3. The service takes the values by the name of the field.
//
// Files in reading order: form.go (the type and its wire form), read.go (parsing
// and typed values).
//
// It does not check a submission against the form that asked for it: which field
// is needed, and what it may say, is known by the service alone.
package form
