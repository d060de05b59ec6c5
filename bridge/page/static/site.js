// What the back end of a site does when somebody comes back (doc/oauth.md).
const given = new URLSearchParams(location.search);
const key = given.get('auth_key') ?? '';
const app = given.get('app') ?? '';
const step = (text) => {
  const line = document.createElement('li');
  line.textContent = text;
  document.getElementById('steps').append(line);
};
step(`auth_key ${key}`);
step(`curl '${location.origin}/api/authorize?app_id=${encodeURIComponent(app)}&app_secret=APP_SECRET&auth_key=${encodeURIComponent(key)}'`);
step(`curl '${location.origin}/api/get_user_info?access_token=ACCESS_TOKEN'`);
