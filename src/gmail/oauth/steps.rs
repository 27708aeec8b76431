//! How a person gets a client file from Google Cloud: words for `login` and for the
//! first-run screen, in the order of doing.

/// One step in the browser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetupStep {
    /// What to do.
    pub text: &'static str,
    /// Where.
    pub link: &'static str,
}

/// From nothing to a client file, in about five minutes.
pub const SETUP_STEPS: &[SetupStep] = &[
    SetupStep {
        text: "Create a project; any name will do.",
        link: "https://console.cloud.google.com/projectcreate",
    },
    SetupStep {
        text: "Enable the Gmail API in it.",
        link: "https://console.cloud.google.com/apis/library/gmail.googleapis.com",
    },
    SetupStep {
        text: "Fill in the consent screen: a name, your address, audience \"External\" (\"Internal\" if you use Google Workspace).",
        link: "https://console.cloud.google.com/auth/overview",
    },
    SetupStep {
        text: "Publish the app, so that the sign-in does not end after seven days. It need not be verified for yourself: Google will warn you once, and \"Advanced\" leads on. If you leave it in \"Testing\" instead, add your address to the test users.",
        link: "https://console.cloud.google.com/auth/audience",
    },
    SetupStep {
        text: "Create a client of the type \"Desktop app\" and download its JSON file.",
        link: "https://console.cloud.google.com/auth/clients",
    },
];
