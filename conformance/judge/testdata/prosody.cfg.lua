-- Prosody as the conformance runner meets it: everything Debian's package has that a
-- client can see. {dir}, {c2s}, {tls} and {https} are put in.
run_as_root = true
data_path = "{dir}/data"
pidfile = "{dir}/pid"
admins = { "nurse@localhost" }
authentication = "internal_hashed"
storage = "internal"
allow_registration = true
registration_throttle_max = 0
c2s_require_encryption = true
allow_unencrypted_plain_auth = false
modules_enabled = {
  "roster"; "saslauth"; "tls"; "disco"; "carbons"; "pep"; "private"; "blocklist"; "bookmarks"; "vcard4"; "vcard_legacy";
  "csi_simple"; "smacks"; "mam"; "version"; "uptime"; "time"; "ping"; "register"; "register_ibr"; "admin_adhoc"; "bosh"; "websocket"; "lastactivity";
}
modules_disabled = { "s2s" }
interfaces = { "127.0.0.1" }
c2s_ports = { {c2s} }
c2s_direct_tls_ports = { {tls} }
http_ports = {}
https_ports = { {https} }
https_interfaces = { "127.0.0.1" }
consider_websocket_secure = true
consider_bosh_secure = true
limits = { c2s = { rate = "10mb/s" } }
ssl = { key = "{dir}/key.pem"; certificate = "{dir}/cert.pem" }
log = { info = "{dir}/log" }
VirtualHost "localhost"
Component "rooms.localhost" "muc"
  modules_enabled = { "muc_mam", "vcard_muc" }
Component "upload.localhost" "http_file_share"
  http_host = "localhost"
