package pep

import (
	"fmt"
	"slices"

	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

// Form gives the configuration as a form: of the type Ask with all that can be
// chosen, or another without labels (XEP-0060 #owner-configure-success).
func (c *Config) Form(t form.Type) *form.Form {
	f := form.New(t, formConfig)
	for i := range fields {
		d := &fields[i]
		entry := form.Field{Var: fieldPrefix + d.name, Type: d.typ, Values: d.get(c)}
		if t == form.Ask {
			entry.Label = d.label
			for _, o := range d.options {
				entry.Options = append(entry.Options, form.Option{Value: o})
			}
		}
		f.Fields = append(f.Fields, entry)
	}
	return f
}

// With gives the configuration with what a submitted form says; fields that it
// leaves out stay as they are (XEP-0060 #owner-configure-submit). The error is a
// *stanza.Error.
func (c Config) With(f *form.Form) (Config, error) {
	if t := f.FormType(); t != "" && t != formConfig {
		return c, stanza.BadRequest.Err("this is not a form for configuring a node")
	}
	for i := range f.Fields {
		// XEP-0004 #protocol-formtypes leaves what is done with fields that nobody
		// asked for to the service: clients send what other servers have.
		d := fieldNamed(f.Fields[i].Var)
		if d == nil {
			continue
		}
		if err := d.set(&c, f.Fields[i].Values); err != nil {
			return c, badField(d)
		}
	}
	return c, nil
}

// badField refuses the value of a field: XEP-0060 #owner-create-default for access
// models, #owner-configure-process-failure for the rest.
func badField(d *field) *stanza.Error {
	if d.name == "access_model" {
		return fault(stanza.NotAcceptable, "unsupported-access-model", "there is no such access model")
	}
	return stanza.NotAcceptable.Err(fieldPrefix + d.name + " cannot have this value")
}

// preconditions reads the form of <publish-options/>; nil means there was none.
// "A pub-sub service … MUST reject the publication upon encountering unknown
// fields" (XEP-0060 #publisher-publish-options).
func preconditions(f *form.Form) error {
	if f == nil {
		return nil
	}
	if f.FormType() != PublishOptions || f.Type != form.Submit {
		// XEP-0060 #publisher-publish-options: "whose FORM_TYPE MUST be" this one;
		// taken for nothing, the item might be seen by more people than was meant.
		return stanza.BadRequest.Err("the options are not of the type " + PublishOptions)
	}
	for _, entry := range f.Fields {
		if entry.Var != "FORM_TYPE" && fieldNamed(entry.Var) == nil {
			return notMet(entry.Var)
		}
	}
	return nil
}

// apply makes the configuration of a node that is created with preconditions: "with
// default configuration in all respects except those specified" (XEP-0060
// #publisher-publish-options).
func (c Config) apply(f *form.Form) (Config, error) {
	if f == nil {
		return c, nil
	}
	for _, entry := range f.Fields {
		if d := fieldNamed(entry.Var); d != nil && d.set(&c, entry.Values) != nil {
			return c, badField(d)
		}
	}
	return c, nil
}

// meets checks each precondition "against the node configuration of the same name"
// (XEP-0060 #publisher-publish-options). Numbers beyond what the server keeps are
// the same as max, since that is what they come to.
func (c Config) meets(f *form.Form, l Limits) error {
	if f == nil {
		return nil
	}
	is := c.clamped(l)
	for _, entry := range f.Fields {
		d := fieldNamed(entry.Var)
		if d == nil {
			continue
		}
		want := c
		if err := d.set(&want, entry.Values); err != nil {
			return notMet(entry.Var)
		}
		want = want.clamped(l)
		if !slices.Equal(d.get(&is), d.get(&want)) {
			return notMet(entry.Var)
		}
	}
	return nil
}

// clamped gives the configuration with numbers that can be kept.
func (c Config) clamped(l Limits) Config {
	c.MaxItems = clamp(c.MaxItems, l.Items)
	c.MaxPayload = clamp(c.MaxPayload, l.ItemBytes)
	return c
}

func clamp(n, limit int) int {
	if n == 0 {
		return limit
	}
	return min(n, limit)
}

func notMet(name string) *stanza.Error {
	return fault(stanza.Conflict, "precondition-not-met", fmt.Sprintf("the node differs in %q", name))
}
