// SCRAM-SHA-256 (RFC 5802, RFC 7677), so that the password never leaves the page.
const text = new TextEncoder();
const bytes = (b64) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
export const base64 = (b) => btoa(String.fromCharCode(...new Uint8Array(b)));

async function hmac(key, message) {
  const k = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', k, text.encode(message)));
}

export class Scram {
  constructor(user, password) {
    this.password = password;
    this.nonce = base64(crypto.getRandomValues(new Uint8Array(18)));
    this.bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.nonce}`;
  }

  first() { return btoa('n,,' + unescape(encodeURIComponent(this.bare))); }

  async final(challenge) {
    const server = atob(challenge);
    const part = Object.fromEntries(server.split(',').map((p) => [p[0], p.slice(2)]));
    if (!part.r.startsWith(this.nonce)) throw new Error('the server has another nonce');
    const raw = await crypto.subtle.importKey('raw', text.encode(this.password.normalize('NFKC')), 'PBKDF2', false, ['deriveBits']);
    const salted = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: bytes(part.s), iterations: +part.i }, raw, 256);
    const clientKey = await hmac(salted, 'Client Key');
    const stored = await crypto.subtle.digest('SHA-256', clientKey);
    const bare = `c=biws,r=${part.r}`;
    const message = `${this.bare},${server},${bare}`;
    const proof = (await hmac(stored, message)).map((b, i) => b ^ clientKey[i]);
    this.signature = base64(await hmac(await hmac(salted, 'Server Key'), message));
    return btoa(`${bare},p=${base64(proof)}`);
  }

  verify(success) {
    if (atob(success) !== 'v=' + this.signature) throw new Error('the server does not know the password');
  }
}
