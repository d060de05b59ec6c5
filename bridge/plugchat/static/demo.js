// The page of a site that is not there. What a site's back end does with the apiKey, this
// page does itself: it is served on throw-away servers only, and to this machine only.
const keys = await (await fetch('demo.json')).json();
const bar = document.createElement('script');
bar.src = 'bar.js';
bar.dataset.publicKey = keys.publicKey;
document.head.append(bar);

const cookie = (name) => (document.cookie.match('(?:^|; )' + name + '=([^;]*)') || [])[1];
const put = (id, text) => { document.getElementById(id).textContent = text; };

async function api(params) {
  return (await fetch('./', { method: 'POST', body: new URLSearchParams(params) })).json();
}

async function act(params) {
  const answer = await api({ apiKey: keys.apiKey, user: cookie('plugChatUserSessionId') || '', ...params });
  put('answer', params.action + ': ' + JSON.stringify(answer));
}

document.getElementById('login').addEventListener('submit', (e) => {
  e.preventDefault();
  const form = new FormData(e.target);
  act({ action: 'login', nick: form.get('nick'), avatar: form.get('avatar') });
});
document.getElementById('logout').addEventListener('click', () => act({ action: 'logout' }));

function look() {
  put('id', cookie('plugChatUserSessionId') || 'absent');
  put('status', { 1: '1 (guest)', 4: '4 (connected through the API)' }[cookie('plugChatUserStatus')] || 'absent');
}
setInterval(look, 500);
async function count() {
  const answer = await api({ action: 'getonline', publicKey: keys.publicKey });
  put('online', answer.code === 200 ? answer.data : answer.txt);
}
count();
setInterval(count, 3000);
