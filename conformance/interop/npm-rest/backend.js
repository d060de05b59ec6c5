// easemob-sdk, unmodified but for where the server is: what a back end does all day. Each
// step is one noun of the API.

"use strict";
const assert = require("node:assert/strict");
const dns = require("node:dns");
const fs = require("node:fs");
const path = require("node:path");
const { promisify } = require("node:util");

const env = (name) => process.env["INTEROP_" + name];
// The host is on this machine.
dns.lookup = (_, options, answer) => {
  answer = answer || options;
  return options && options.all ? answer(null, [{ address: "127.0.0.1", family: 4 }]) : answer(null, "127.0.0.1", 4);
};

const settings = require("easemob-sdk/lib/const");
const sdk = require("easemob-sdk");
settings.BASE_URL = `https://${env("DOMAIN")}:${env("HTTP_PORT")}/`;
sdk.init("chat-demo", "testapp", env("CLIENT_ID"), env("CLIENT_SECRET"));

// call makes one call of the SDK, whose callback has three arguments, and wants a status.
const call = (status, f, ...args) =>
  new Promise((resolve, reject) => {
    f(...args, (err, response, body) => {
      try {
        assert.ifError(err);
        assert.equal(response.statusCode, status, JSON.stringify(body));
        resolve(body);
      } catch (fault) {
        reject(fault);
      }
    });
  });
const ok = (step) => console.log("ok", step);

async function main() {
  const { access_token: token, expires_in: lives } = await promisify(sdk.get_token)();
  assert.ok(token.startsWith("YWMt") && lives === 5184000);
  ok("token");

  const { user, friend, message, group, chatroom, file } = sdk;
  let body = await call(200, user.create_with_nickname, "Leo", "123456", "the lion", token);
  assert.equal(body.entities[0].nickname, "the lion");
  await call(400, user.create, "leo", "123456", token);
  body = await call(200, user.create_batch, [{ username: "wayne", password: "1" }, { username: "Leo", password: "1" }, { username: "liman", password: "1" }], token);
  assert.deepEqual([body.entities.length, body.data[0].username], [2, "Leo"]);
  ok("register");

  body = await call(200, user.get_batch, 2, token);
  assert.equal(body.count, 2);
  body = await call(200, user.get_batch_page, 100, body.cursor, token);
  assert.equal(body.cursor, undefined);
  assert.equal((await call(200, user.get, "LEO", token)).entities[0].username, "Leo");
  ok("list");

  assert.equal((await call(200, user.set_nickname, "leo", "the cat", token)).entities[0].nickname, "the cat");
  assert.equal((await call(200, user.reset_password, "leo", "654321", token)).action, "set user password");
  ok("change");

  await call(200, friend.add_friend, "leo", "wayne", token);
  assert.deepEqual((await call(200, friend.show_friend, "wayne", token)).data, ["Leo"]);
  await call(200, friend.delete_friend, "leo", "wayne", token);
  await call(200, friend.add_blacklist, "leo", "liman", token);
  assert.deepEqual((await call(200, friend.show_blacklist, "leo", token)).data, ["liman"]);
  await call(200, friend.delete_blacklist, "leo", "liman", token);
  ok("contacts");

  body = await call(200, message.send_txt, { target_type: "users", target: ["leo"], msg: { type: "txt", msg: "hello from rest" }, from: "wayne" }, token);
  assert.deepEqual(body.data, { leo: "success" });
  assert.equal((await call(200, user.get_offline_msg_count, "leo", token)).data.leo, 1);
  assert.equal((await call(200, user.get_offline_msg_status, "leo", "123", token)).data["123"], "delivered");
  assert.equal((await call(200, user.get_status, "leo", token)).data.leo, "offline");
  ok("message");

  body = await call(200, group.add_group, { groupname: "g", desc: "d", public: true, maxusers: 300, approval: true, owner: "leo", members: ["wayne"] }, token);
  const id = body.data.groupid;
  await call(200, group.add_user_into_group, id, "liman", token);
  body = await call(200, group.get_member_group, id, token);
  assert.deepEqual(body.data.map((one) => one.owner || one.member).sort(), ["Leo", "liman", "wayne"]);
  assert.equal((await call(200, group.get_user_of_group, "wayne", token)).data[0].groupid, id);
  await call(200, group.modify_owner_of_group, id, "wayne", token);
  await call(200, group.display_group, token);
  assert.equal((await call(200, group.delete_group, id, token)).data.success, true);
  ok("group");

  body = await call(200, chatroom.create, { name: "r", description: "d", maxusers: 300, owner: "leo", members: ["wayne"] }, token);
  const room = body.data.id;
  assert.equal((await call(200, chatroom.modify, { name: "s" }, room, token)).data.groupname, true);
  assert.equal((await call(200, chatroom.get, room, token)).data[0].name, "s");
  await call(200, chatroom.add_member, "liman", room, token);
  await call(200, chatroom.remove, room, token);
  ok("chatroom");

  await call(200, user.create, "admin", "123456", token); // whose the app's files are
  const folder = fs.mkdtempSync(path.join(require("node:os").tmpdir(), "rest-"));
  const [here, back] = [path.join(folder, "a.txt"), path.join(folder, "b.txt")];
  fs.writeFileSync(here, "a rose");
  body = JSON.parse(await call(200, file.upload, { file: fs.createReadStream(here) }, true, token));
  const { uuid, "share-secret": secret } = body.entities[0];
  await new Promise((done) => file.download(back, secret, uuid, token, done));
  assert.equal(fs.readFileSync(back, "utf8"), "a rose");
  fs.rmSync(folder, { recursive: true });
  ok("file");

  assert.equal((await call(200, user.deactivate, "leo", token)).entities[0].activated, false);
  await call(200, user.activate, "leo", token);
  assert.equal((await call(200, user.disconnect, "leo", token)).data.result, true);
  await call(200, user.remove, "leo", token);
  await call(404, user.get, "leo", token);
  await call(200, user.remove_batch, 100, token);
  ok("end");
}

main().catch((fault) => {
  console.error(fault);
  process.exitCode = 1;
});
