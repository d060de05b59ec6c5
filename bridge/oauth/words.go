package oauth

import (
	"net/http"

	"golang.org/x/text/language"
)

// words are the texts of the pages in one language. Those with %s in them are about a name.
type words struct {
	Lang string // BCP 47

	LoginTitle, LoginLead, LoginTo     string
	Account, Password, LogIn           string
	BadLogin, TooManyTries, InTheClear string

	AskTitle, AskLead, AskFields, AskXMPP, SentTo string
	ContinueAs, Cancel, NotYou, LogOut            string
	Nothing, HasPicture, Remembered, Withdrawable string

	Address, UserName, Email, FirstName, LastName, Gender, Birthdate string
	Picture, Registered, Biography, Website                          string

	CancelledTitle, Cancelled                       string
	ConsentsTitle, ConsentsLead, NoConsents         string
	Since, Withdraw, Withdrawn, May, MayXMPP, MayOf string
	LoggedInAs, ManageConsents                      string

	WrongTitle, NoApp, AppGone, BadRedirect, BadState, BadRequest string
	OtherForm, TooMany, OurFault, TryAgain, NoMethod              string
}

// The languages that there are.
var (
	english = words{
		Lang:       "en",
		LoginTitle: "Log in", LoginLead: "%s lets you log in with your account at", LoginTo: "Log in with your account at",
		Account: "Name or address", Password: "Password", LogIn: "Log in",
		BadLogin:     "The name or the password is wrong.",
		TooManyTries: "Too many wrong passwords. Wait a little and try again.",
		InTheClear:   "Passwords are only taken over an encrypted connection (https).",

		AskTitle: "Log in to %s", AskLead: "%s wants to know who you are.", AskFields: "It will be given:",
		AskXMPP: "It may also log in to your account: read and send messages, and change your contacts, in your name.",
		SentTo:  "Then you go back to", ContinueAs: "Continue as %s", Cancel: "Cancel", NotYou: "Not you?", LogOut: "Use another account",
		Nothing: "not given", HasPicture: "yes", Remembered: "You will not be asked again for the same.", Withdrawable: "You can take it back at any time:",

		Address: "Address", UserName: "Name of the account", Email: "E-mail address", FirstName: "First name", LastName: "Last name",
		Gender: "Gender", Birthdate: "Date of birth", Picture: "Picture", Registered: "Member since", Biography: "About you", Website: "Website",

		CancelledTitle: "Cancelled", Cancelled: "%s was told nothing. You can close this page.",
		ConsentsTitle: "Sites you log in to", ConsentsLead: "These sites may know who you are. A site from which you take that back has to ask you again.",
		NoConsents: "There are none.", Since: "Since", Withdraw: "Withdraw from %s", Withdrawn: "Taken back. That site can read nothing of you any more.",
		May: "may read your profile", MayOf: "may read your e-mail address", MayXMPP: "may log in to your account",
		LoggedInAs: "Logged in as", ManageConsents: "Sites you log in to",

		WrongTitle:  "This does not work",
		NoApp:       "The link names no application.",
		AppGone:     "We're sorry, but the application you're trying to use doesn't exist or has been disabled",
		BadRedirect: "The site wants you to be sent to an address that it has not registered. You stay here.",
		BadState:    "The link is too long.", BadRequest: "The request cannot be read.",
		OtherForm: "This form was not made for your browser, or is too old. Cookies have to be allowed.",
		TooMany:   "Too many requests. Wait a little and try again.", OurFault: "Something went wrong here. Try again later.",
		TryAgain: "Try again", NoMethod: "There is nothing here.",
	}
	french = words{
		Lang:       "fr",
		LoginTitle: "Connexion", LoginLead: "%s vous permet de vous connecter avec votre compte chez", LoginTo: "Connectez-vous avec votre compte chez",
		Account: "Nom ou adresse", Password: "Mot de passe", LogIn: "Se connecter",
		BadLogin:     "Le nom ou le mot de passe est incorrect.",
		TooManyTries: "Trop de mots de passe incorrects. Attendez un peu avant de réessayer.",
		InTheClear:   "Les mots de passe ne sont acceptés que par une connexion chiffrée (https).",

		AskTitle: "Se connecter à %s", AskLead: "%s souhaite savoir qui vous êtes.", AskFields: "Ces données lui seront transmises\u00a0:",
		AskXMPP: "Ce site pourra aussi se connecter à votre compte\u00a0: lire et envoyer des messages et modifier vos contacts en votre nom.",
		SentTo:  "Vous reviendrez ensuite à", ContinueAs: "Continuer en tant que %s", Cancel: "Annuler", NotYou: "Ce n’est pas vous\u00a0?", LogOut: "Utiliser un autre compte",
		Nothing: "non renseigné", HasPicture: "oui", Remembered: "La même question ne vous sera plus posée.", Withdrawable: "Vous pouvez retirer votre accord à tout moment\u00a0:",

		Address: "Adresse", UserName: "Nom du compte", Email: "Adresse e-mail", FirstName: "Prénom", LastName: "Nom",
		Gender: "Genre", Birthdate: "Date de naissance", Picture: "Photo", Registered: "Membre depuis", Biography: "À propos de vous", Website: "Site web",

		CancelledTitle: "Annulé", Cancelled: "Rien n’a été transmis à %s. Vous pouvez fermer cette page.",
		ConsentsTitle: "Sites auxquels vous vous connectez", ConsentsLead: "Ces sites peuvent savoir qui vous êtes. Un site auquel vous retirez votre accord devra vous le redemander.",
		NoConsents: "Il n’y en a aucun.", Since: "Depuis le", Withdraw: "Retirer l’accord donné à %s", Withdrawn: "Accord retiré. Ce site ne peut plus rien lire de vous.",
		May: "peut lire votre profil", MayOf: "peut lire votre adresse e-mail", MayXMPP: "peut se connecter à votre compte",
		LoggedInAs: "Connecté en tant que", ManageConsents: "Sites auxquels vous vous connectez",

		WrongTitle:  "Cela ne fonctionne pas",
		NoApp:       "Le lien ne désigne aucune application.",
		AppGone:     "Nous sommes désolés, mais l’application que vous essayez d’utiliser n’existe pas ou a été désactivée.",
		BadRedirect: "Le site veut vous renvoyer à une adresse qu’il n’a pas enregistrée. Vous restez ici.",
		BadState:    "Le lien est trop long.", BadRequest: "La requête est illisible.",
		OtherForm: "Ce formulaire n’est pas destiné à votre navigateur, ou il est trop ancien. Les cookies doivent être autorisés.",
		TooMany:   "Trop de requêtes. Attendez un peu avant de réessayer.", OurFault: "Une erreur s’est produite ici. Réessayez plus tard.",
		TryAgain: "Réessayer", NoMethod: "Il n’y a rien ici.",
	}
)

// maxLanguages is how much is read of what a browser says of languages, in bytes.
const maxLanguages = 500

// languages matches what people read with what there is; the first is for all others.
var languages = language.NewMatcher([]language.Tag{language.English, language.French})

// wordsFor gives the texts in the language that a browser asks for (RFC 9110 §12.5.4).
func wordsFor(r *http.Request) words {
	text := r.Header.Get("Accept-Language")
	if len(text) > maxLanguages {
		return english
	}
	tags, _, err := language.ParseAcceptLanguage(text)
	if err != nil {
		return english
	}
	if _, i, _ := languages.Match(tags...); i == 1 {
		return french
	}
	return english
}
