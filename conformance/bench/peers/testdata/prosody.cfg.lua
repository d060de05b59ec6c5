-- Prosody as in production, without throttles. {…} is put in.
run_as_root = true
data_path = "{dir}/data"
pidfile = "{dir}/pid"
authentication = "internal_hashed"
storage = "internal"
allow_registration = true
registration_throttle_max = 1000000
registration_throttle_period = 1
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
archive_expires_after = "never"
default_archive_policy = true
modules_enabled = {
  "roster"; "saslauth"; "tls"; "disco"; "carbons"; "pep"; "private"; "blocklist"; "bookmarks"; "vcard4"; "vcard_legacy";
  "csi_simple"; "smacks"; "version"; "uptime"; "time"; "ping"; "register"; "register_ibr"; "bosh"; "websocket"; {mam}
}
modules_disabled = { "s2s" }
smacks_max_unacked_stanzas = 0
smacks_hibernation_time = 600
bosh_max_wait = 600
bosh_max_inactivity = 600
interfaces = { "127.0.0.1" }
c2s_ports = { {c2s} }
http_ports = { {http} }
http_interfaces = { "127.0.0.1" }
https_ports = {}
consider_websocket_secure = true
consider_bosh_secure = true
ssl = { key = "{dir}/key.pem"; certificate = "{dir}/cert.pem" }
log = { warn = "{dir}/log" }
VirtualHost "{domain}"
Component "rooms.{domain}" "muc"
  muc_log_by_default = true
  modules_enabled = { {mucmam} }
