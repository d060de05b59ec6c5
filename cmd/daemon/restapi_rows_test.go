package daemon

import (
	"strings"
	"testing"
)

const (
	times  = `"timestamp":0,"duration":0`
	writes = `"application":"` + appUUID + `","organization":"chat-demo","applicationName":"testapp",` + times
	uuid   = `"uuid":"00000000-0000-0000-0000-000000000000","type":"user","created":0,"modified":0`
	aUUID  = "00000000-0000-0000-0000-000000000000"
	httpsU = `"uri":"https://capulet.lit/chat-demo/testapp`
	httpU  = `"uri":"http://capulet.lit/chat-demo/testapp`
)

func plainUser(name string) string {
	return `{` + uuid + `,"username":"` + name + `","activated":true}`
}

// TestRESTRows: each row of wire §1.2, its success and the errors that are documented for
// it, letter for letter but for times and UUIDs (wire part 6, checks 1 and 2).
func TestRESTRows(t *testing.T) {
	const (
		e1 = `{"error":"service_resource_not_found",` + times + `,"exception":"org.apache.usergrid.services.exceptions.ServiceResourceNotFoundException","error_description":"Service resource not found"}`
		e5 = `{"error":"duplicate_unique_property_exists",` + times + `,"exception":"org.apache.usergrid.persistence.exceptions.DuplicateUniquePropertyExistsException","error_description":"Request null Entity user requires that property named username be unique, value of User1 exists"}`
		e6 = `{"error":"entity_not_found",` + times + `,"exception":"org.apache.usergrid.persistence.exceptions.EntityNotFoundException","error_description":"User null not found"}`
		e7 = `{"error":"required_property_not_found",` + times + `,"exception":"org.apache.usergrid.persistence.exceptions.RequiredPropertyNotFoundException","error_description":"Entity user requires a property named username"}`
		e8 = `{"error":"management",` + times + `,"exception":"org.apache.usergrid.management.exceptions.ManagementException","error_description":"User with id null does not exist in app ` + appUUID + `"}`
		e9 = `{"error":"illegal_argument",` + times + `,"exception":"java.lang.IllegalArgumentException","error_description":"attempt to adding new block[user20] for user[user1],but user[user20] not found."}`
	)
	user1 := `{` + uuid + `,"username":"user1","activated":true,"nickname":"testuser"}`
	styled := `{` + uuid + `,"username":"user1","activated":true,"nickname":"Tester","notification_display_style":1`
	rows := []struct {
		row, method, path, body string
		status                  int
		want                    string
	}{
		{"1", "POST", "/token", `{"grant_type":"client_credentials","client_id":"` + appID + `","client_secret":"` + appSecret + `"}`, 200, `{"access_token":"YWMtX","expires_in":5184000,"application":"` + appUUID + `"}`},
		{"1 E10", "POST", "/token", `{"grant_type":"client_credentials","client_id":"` + appID + `","client_secret":"wrong"}`, 400, `{"error_description":"client_id does not match","error":"invalid_grant"}`},
		{"2b", "POST", "/users", `{"username":"user1","password":"123","nickname":"testuser"}`, 200, `{"action":"post","path":"/users",` + httpsU + `/users","entities":[` + user1 + `],` + writes + `}`},
		{"2b E5", "POST", "/users", `{"username":"User1","password":"123"}`, 400, e5},
		{"2b E5 of an array", "POST", "/users", `[{"username":"User1","password":"123"}]`, 400, e5},
		{"2b an array", "POST", "/users", `[{"username":"user2","password":"123"}]`, 200, `{"action":"post","path":"/users",` + httpsU + `/users","data":[],"entities":[` + plainUser("user2") + `],` + writes + `}`},
		{"3", "POST", "/users", `[{"username":"user3","password":"1"},{"username":"user1","password":"1"},{"username":"a b","password":"1"},{"username":"USER3","password":"1"}]`, 200, `{"action":"post","path":"/users",` + httpsU + `/users","entities":[` + plainUser("user3") + `],"data":[{"username":"user1","registerUserFailReason":"the user1 already exists"},{"username":"a b","registerUserFailReason":"username [a b] is not legal"},{"username":"USER3","registerUserFailReason":"the USER3 already exists"}],` + writes + `}`},
		{"4", "GET", "/users/user1", "", 200, `{"action":"get","path":"/users",` + httpU + `/users/user1","entities":[` + user1 + `],"count":1,` + times + `}`},
		{"4 E1", "GET", "/users/user20", "", 404, e1},
		{"5", "GET", "/users?limit=2", "", 200, `{"action":"get","params":{"limit":["2"]},"path":"/users",` + httpU + `/users","entities":[` + plainUser("juliet") + `,` + plainUser("romeo") + `],"count":2,"cursor":"CURSOR",` + times + `}`},
		{"8", "PUT", "/users/user1/password", `{"newpassword":"123"}`, 200, `{"action":"set user password",` + times + `}`},
		{"8 E6", "PUT", "/users/user20/password", `{"newpassword":"123"}`, 404, e6},
		{"9", "PUT", "/users/user1", `{"nickname":"Tester"}`, 200, `{"action":"put","path":"/users",` + httpsU + `/users","entities":[{` + uuid + `,"username":"user1","activated":true,"nickname":"Tester"}],` + writes + `}`},
		{"9 E7", "PUT", "/users/user20", `{"nickname":"Tester"}`, 400, e7},
		{"10", "PUT", "/users/user1", `{"notification_display_style":"1"}`, 200, `{"action":"put","path":"/users",` + httpsU + `/users","entities":[` + styled + `}],` + writes + `}`},
		{"11", "PUT", "/users/user1%20", `{"notification_no_disturbing":true,"notification_no_disturbing_start":"1","notification_no_disturbing_end":"3"}`, 200, `{"action":"put","path":"/users",` + httpsU + `/users","entities":[` + styled + `,"notification_no_disturbing":true,"notification_no_disturbing_start":1,"notification_no_disturbing_end":3}],` + writes + `}`},
		{"11 off", "PUT", "/users/user1", `{"notification_no_disturbing":false}`, 200, `{"action":"put","path":"/users",` + httpsU + `/users","entities":[` + styled + `,"notification_no_disturbing":false,"notification_no_disturbing_start":1,"notification_no_disturbing_end":3}],` + writes + `}`},
		{"12", "POST", "/users/user1/contacts/users/user2", "", 200, `{"action":"post","path":"/users/` + aUUID + `/contacts",` + httpsU + `/users/` + aUUID + `/contacts","entities":[` + plainUser("user2") + `],` + writes + `}`},
		{"12 again", "POST", "/users/user1/contacts/users/user2/", "{}", 200, `{"action":"post","path":"/users/` + aUUID + `/contacts",` + httpsU + `/users/` + aUUID + `/contacts","entities":[` + plainUser("user2") + `],` + writes + `}`},
		{"12 E1", "POST", "/users/user1/contacts/users/user20", "", 404, e1},
		{"12 E1 owner", "POST", "/users/user20/contacts/users/user1", "", 404, e1},
		{"14", "GET", "/users/user2/contacts/users", "", 200, `{"action":"get",` + httpU + `/users/user2/contacts/users","entities":[],"data":["user1"],"count":1,` + times + `}`},
		{"14 E1", "GET", "/users/user20/contacts/users", "", 404, e1},
		{"13", "DELETE", "/users/user1/contacts/users/user2", "", 200, `{"action":"delete","path":"/users/` + aUUID + `/contacts",` + httpsU + `/users/` + aUUID + `/contacts","entities":[` + plainUser("user2") + `],` + writes + `}`},
		{"13 no contact", "DELETE", "/users/user1/contacts/users/user3", "", 200, `{"action":"delete","path":"/users/` + aUUID + `/contacts",` + httpsU + `/users/` + aUUID + `/contacts","entities":[` + plainUser("user3") + `],` + writes + `}`},
		{"13 E1", "DELETE", "/users/user1/contacts/users/user20", "", 404, e1},
		{"14 none", "GET", "/users/user2/contacts/users", "", 200, `{"action":"get",` + httpU + `/users/user2/contacts/users","entities":[],"data":[],"count":0,` + times + `}`},
		{"16", "POST", "/users/user1/blocks/users", `{"usernames":["user2"]}`, 200, `{"action":"post",` + httpsU + `","entities":[],"data":["user2"],` + writes + `}`},
		{"16 E1", "POST", "/users/user20/blocks/users", `{"usernames":["user2"]}`, 404, e1},
		{"16 E9", "POST", "/users/user1/blocks/users", `{"usernames":["user3","user20"]}`, 400, e9},
		{"15", "GET", "/users/user1/blocks/users", "", 200, `{"action":"get",` + httpU + `/users/user1/blocks/users","entities":[],"data":["user2"],"count":1,` + times + `}`},
		{"15 E1", "GET", "/users/user20/blocks/users", "", 404, e1},
		{"17", "DELETE", "/users/user1/blocks/users/user2", "", 200, `{"action":"delete","path":"/users/` + aUUID + `/blocks",` + httpsU + `/users/` + aUUID + `/blocks","entities":[` + plainUser("user2") + `],` + writes + `}`},
		{"17 E1", "DELETE", "/users/user1/blocks/users/user20", "", 404, e1},
		{"18", "GET", "/users/user1/status", "", 200, `{"action":"get",` + httpU + `/users/user1/status","entities":[],"data":{"user1":"offline"},"count":0,` + times + `}`},
		{"18 as in the URL", "GET", "/users/UsEr1/status", "", 200, `{"action":"get",` + httpU + `/users/UsEr1/status","entities":[],"data":{"UsEr1":"offline"},"count":0,` + times + `}`},
		{"18 E1", "GET", "/users/user20/status", "", 404, e1},
		{"19", "POST", "/users/batch/status", `{"usernames":["user1","user20","user2"]}`, 200, `{"action":"get batch user status","data":[{"user1":"offline"},{"user20":"offline"},{"user2":"offline"}],` + times + `}`},
		{"20", "GET", "/users/user1/offline_msg_count", "", 200, `{"action":"get",` + httpU + `/users/user1/offline_msg_count","entities":[],"data":{"user1":0},"count":0,` + times + `}`},
		{"20 E1", "GET", "/users/user20/offline_msg_count", "", 404, e1},
		{"21", "GET", "/users/user1/offline_msg_status/123", "", 200, `{"action":"get",` + httpU + `/users/user1/offline_msg_status/123","entities":[],"data":{"123":"delivered"},"count":0,` + times + `}`},
		{"21 E1", "GET", "/users/user20/offline_msg_status/123", "", 404, e1},
		{"22", "POST", "/users/user2/deactivate", "", 200, `{"action":"Deactivate user","entities":[{` + uuid + `,"username":"user2","activated":false}],` + times + `}`},
		{"22 E8", "POST", "/users/user20/deactivate", "", 400, e8},
		{"23", "POST", "/users/user2/activate", "", 200, `{"action":"activate user",` + times + `}`},
		{"23 E1", "POST", "/users/user20/activate", "", 404, e1},
		{"24", "GET", "/users/user1/disconnect", "", 200, `{"action":"get",` + httpU + `/users/user1/disconnect","entities":[],"data":{"result":true},"count":0,` + times + `}`},
		{"24 E1", "GET", "/users/user20/disconnect", "", 404, e1},
		{"6", "DELETE", "/users/user3", "", 200, `{"action":"delete","path":"/users",` + httpsU + `/users","entities":[` + plainUser("user3") + `],` + writes + `}`},
		{"6 E1", "DELETE", "/users/user3", "", 404, e1},
		{"7", "DELETE", "/users?limit=2", "", 200, `{"action":"delete","params":{"limit":["2"]},"path":"/users",` + httpsU + `/users","entities":[` + plainUser("juliet") + `,` + plainUser("romeo") + `],"cursor":"CURSOR",` + writes + `}`},
	}
	withBackend(t, nil, func(t *testing.T, b *backend) {
		for _, row := range rows {
			w := b.send(row.method, row.path, b.token, row.body)
			want := row.want
			if strings.Contains(want, "CURSOR") {
				cursor, _ := decoded(t, w.Body.String())["cursor"].(string)
				if cursor == "" {
					t.Errorf("row %s: no cursor: %s", row.row, w.Body)
				}
				want = strings.Replace(want, "CURSOR", cursor, 1)
			}
			same(t, "row "+row.row, w, row.status, want)
		}
	})
}
