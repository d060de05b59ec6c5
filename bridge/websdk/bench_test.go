package websdk

import (
	"testing"
)

// What a text costs on its way to an SDK and from one, once it is cut out of the stream.
func BenchmarkTranslate(b *testing.B) {
	message := []byte("<message from='romeo@capulet.lit/orchard' to='" + balcony + "' type='chat' id='m1'><body>Art thou not Juliet, and a Capulet?</body><origin-id xmlns='urn:xmpp:sid:0' id='m1'/></message>")
	said := []byte(`<message to='verona#stage_romeo@easemob.com' type='chat' id='WEBIM_1'><body>{"from":"juliet","to":"romeo","bodies":[{"type":"txt","msg":"Art thou not Romeo?"}],"ext":{"weichat":{"originType":"webim"}}}</body></message>`)
	fresh := func() *Stream {
		s := &Stream{names: verona, adapter: New(Config{})}
		s.in.init()
		s.start()
		s.jid, s.names.key = balcony, "verona#stage"
		return s
	}
	b.Run("tell", func(b *testing.B) {
		b.ReportAllocs()
		s := fresh()
		for b.Loop() {
			e, err := parse(message)
			if err != nil || len(s.tell(nil, e)) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("say", func(b *testing.B) {
		b.ReportAllocs()
		s := fresh()
		for b.Loop() {
			e, err := parse(said)
			if err != nil || len(s.say(e)) > 0 {
				b.Fatal(err)
			}
			s.in.buf, s.sent = s.in.buf[:0], nil
		}
	})
}
