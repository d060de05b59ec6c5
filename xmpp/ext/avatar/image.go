package avatar

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"causeway/xmpp/stanza"
)

// hashOf gives the id of an image (XEP-0084 #process-pubdata).
func hashOf(image []byte) string {
	sum := sha1.Sum(image)
	return hex.EncodeToString(sum[:])
}

// An info is what metadata tell of one image (XEP-0084 #proto-info).
type info struct{ id, mediaType string }

// readMetadata gives the image that lies in the data node; ok is false if there is
// none.
func readMetadata(payload []byte) (in info, ok bool) {
	outer, children, err := stanza.Split(payload)
	if err != nil || !outer.Is(NodeMetadata, "metadata") {
		return info{}, false
	}
	for i := range children {
		// XEP-0398 #pep2vcard: several of them: "MUST pick the info element that does
		// not point to an external URL".
		if c := &children[i]; c.Is(NodeMetadata, "info") && c.Attr("url") == "" && c.Attr("id") != "" {
			return info{strings.ToLower(c.Attr("id")), c.Attr("type")}, true
		}
	}
	return info{}, false
}

// appendMetadata writes what is known of an image without looking at it; height and
// width are only recommended (XEP-0084 #proto-info).
func appendMetadata(dst []byte, in info, size int) []byte {
	dst = append(dst, "<metadata xmlns='"+NodeMetadata+"'><info"...)
	dst = stanza.AppendAttr(dst, "bytes", strconv.Itoa(size))
	dst = stanza.AppendAttr(dst, "id", in.id)
	dst = stanza.AppendAttr(dst, "type", in.mediaType)
	return append(dst, "/></metadata>"...)
}

// noMetadata says that no avatar is shown (XEP-0084 #pub-disable).
const noMetadata = "<metadata xmlns='" + NodeMetadata + "'/>"

// readData gives the image in a data element, nil if it cannot be read.
func readData(payload []byte) []byte {
	outer, _, err := stanza.Split(payload)
	if err != nil || !outer.Is(NodeData, "data") {
		return nil
	}
	// XEP-0084 #proto-data: "Line feeds SHOULD NOT be added but MUST be accepted"
	image, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(outer.Text()), ""))
	if err != nil || len(image) == 0 {
		return nil
	}
	return image
}

func appendData(dst, image []byte) []byte {
	dst = append(dst, "<data xmlns='"+NodeData+"'>"...)
	dst = base64.StdEncoding.AppendEncode(dst, image)
	return append(dst, "</data>"...)
}

// typeOf gives the media type of an image: what its owner says (XEP-0398 #vcard2pep:
// "using the type value from the vCard"), if that is the type of a picture, or else
// what it begins like; "" if nobody can tell.
func typeOf(said string, image []byte) string {
	if kind, name, ok := strings.Cut(said, "/"); ok && (kind == "image" || kind == "video") && isToken(name) {
		return said // XEP-0084 #proto-info: 'a content type of type "image" or "video"'
	}
	for _, begins := range [...]struct{ prefix, mediaType string }{
		{"\x89PNG\r\n\x1a\n", "image/png"},
		{"\xff\xd8\xff", "image/jpeg"},
		{"GIF8", "image/gif"},
	} {
		if bytes.HasPrefix(image, []byte(begins.prefix)) {
			return begins.mediaType
		}
	}
	return ""
}

// isToken reports whether s may be the name of a media type (RFC 6838 §4.2).
func isToken(s string) bool {
	const others = "!#$&-^_.+"
	strange := func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		return !letter && !digit && !strings.ContainsRune(others, c)
	}
	return s != "" && len(s) <= 127 && !strings.ContainsFunc(s, strange)
}
