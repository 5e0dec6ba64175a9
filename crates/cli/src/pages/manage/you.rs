//! Who is signed in, the proof that the session has, and what makes it stronger: the password and the second factor.

use std::borrow::Cow;

use bailiwick_authority::Principal;
use bailiwick_chat::Tone;
use bailiwick_console::{Act, Cell, Done, Fault, Field, Filled, Form, Health, Person, Picture, Row, Secret, Section};
use bailiwick_services::qr_code;
use serde_json::{Value as Json, json};

use super::{list, moment, text};
use crate::pages::Pages;

/// The most devices that a user may have. Source: AWS's IAM guide, "IAM and STS quotas".
const MOST: usize = 8;

/// Whose second factor it is.
enum Holder {
    /// An IAM user's: IAM has its devices.
    User { name: String },
    /// A person's who is no IAM user.
    Person { id: String },
}

fn code(name: &'static str, label: &'static str) -> Field {
    Field::Secret { name, label, about: "Six digits.", secret: Secret::Code }
}

/// What an app is given: to see, to read, and the form with which it shows that it has it.
fn handed_over(name: &str, serial_number: &str, seed: &str) -> Section {
    let label: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let picture = qr_code(&format!("otpauth://totp/Bailiwick:{label}?secret={seed}&issuer=Bailiwick"));
    Section {
        heading: "Add it to your app".to_owned(),
        says: format!("Scan this with the app that shows codes, or type in the key {seed}. It is not shown again."),
        picture: picture.map(|(side, path)| Picture { label: "QR code of the key".to_owned(), side, path }),
        forms: vec![Form {
            act: "enable",
            heading: "Show that the app has it".to_owned(),
            says: "Wait for the next code after the first one.".to_owned(),
            button: "Enable it".to_owned(),
            values: vec![("serial-number", serial_number.to_owned())],
            fields: vec![code("first", "A code"), code("second", "The next code")],
        }],
        ..Section::default()
    }
}

fn password_form() -> Form {
    let password = |name, label, secret| Field::Secret { name, label, about: "", secret };
    Form {
        act: "password",
        heading: "Change your password".to_owned(),
        says: "Your sessions end with it, this one too.".to_owned(),
        button: "Change it".to_owned(),
        fields: vec![
            password("old", "Password until now", Secret::Password),
            password("new", "New password", Secret::NewPassword),
            password("again", "New password again", Secret::NewPassword),
        ],
        ..Form::default()
    }
}

impl Pages {
    fn holder(&self, person: &Person) -> Result<Holder, Fault> {
        Ok(match self.as_user(person)?.1.principal {
            Principal::User { name, .. } => Holder::User { name },
            _ => Holder::Person { id: self.person_id(person).ok_or(Fault::NotSignedIn)? },
        })
    }

    pub(super) async fn own_sections(&self, person: &Person) -> Result<Vec<Section>, Fault> {
        let holder = self.holder(person)?;
        let strength = match person.second_factor {
            Some(_) => Health { tone: Tone::Good, word: "with a second factor".to_owned() },
            None => Health { tone: Tone::Neutral, word: "without a second factor".to_owned() },
        };
        let level = if person.second_factor.is_some() { "3" } else { "2" };
        let session = Section {
            heading: "This session".to_owned(),
            says: "Policies may ask for the strength of the proof of who you are with the condition key bailiwick:Assurance.".to_owned(),
            columns: vec!["Strength", "bailiwick:Assurance", "Began", "Ends"],
            rows: vec![Row {
                cells: vec![
                    Cell::State(strength, String::new()),
                    Cell::Code(level.to_owned()),
                    Cell::Moment(person.began),
                    Cell::Moment(person.ends),
                ],
                ..Row::default()
            }],
            ..Section::default()
        };
        let mut factor = match &holder {
            Holder::User { name } => self.devices_of_user(person, name).await?,
            Holder::Person { id } => self.device_of_person(id, person),
        };
        if self.services.has_second_factor(&self.signed_in(person)?) {
            factor.forms.insert(
                0,
                Form {
                    act: "second-factor",
                    heading: "Show it in this session".to_owned(),
                    says: "What was refused for want of it can then be sent again.".to_owned(),
                    button: "Confirm".to_owned(),
                    fields: vec![code("code", "The code that your device shows now")],
                    ..Form::default()
                },
            );
        }
        let mut sections = vec![session, factor];
        if matches!(holder, Holder::User { .. }) && self.has_password(person)? {
            sections.push(Section {
                heading: "Password".to_owned(),
                forms: vec![password_form()],
                ..Section::default()
            });
        }
        Ok(sections)
    }

    fn has_password(&self, person: &Person) -> Result<bool, Fault> {
        let (account, directory) = (self.signed_in(person)?.account, self.authority.directory());
        let user = self.signed_in(person)?.user(&directory).map(|user| user.record.id.clone());
        let account = directory.account(account);
        Ok(account.zip(user).is_some_and(|(account, user)| account.login_profile(&user).is_some()))
    }

    /// The section without its devices.
    fn factor_section(says: &str, may_add: bool) -> Section {
        let add = Form {
            act: "enrol",
            heading: "Add a device".to_owned(),
            says: "An app that shows six digits every thirty seconds.".to_owned(),
            button: "Add a device".to_owned(),
            ..Form::default()
        };
        Section {
            heading: "Second factor".to_owned(),
            says: says.to_owned(),
            empty: "You have no device yet.".to_owned(),
            columns: vec!["Device", "Enabled"],
            forms: if may_add { vec![add] } else { Vec::new() },
            ..Section::default()
        }
    }

    async fn devices_of_user(&self, person: &Person, name: &str) -> Result<Section, Fault> {
        let section = Self::factor_section("Once you have a device, you show it whenever you sign in.", true);
        let devices = match self.ask(person, "iam", "ListMFADevices", json!({ "UserName": name })).await {
            Ok(devices) => devices,
            Err(Fault::Refused(why)) => return Ok(Section { empty: format!("Not shown: {why}."), ..section }),
            Err(fault) => return Err(fault),
        };
        let row = |device: &Json| Row {
            cells: vec![
                Cell::Code(text(device, "/SerialNumber").to_owned()),
                Cell::Moment(moment(device, "/EnableDate")),
            ],
            acts: vec![remove(text(device, "/SerialNumber"))],
            more: None,
        };
        Ok(Section { rows: list(&devices, "/MFADevices").map(row).collect(), ..section })
    }

    fn device_of_person(&self, id: &str, person: &Person) -> Section {
        let directory = self.authority.directory();
        let account = self.signed_in(person).ok().and_then(|of| directory.account(of.account).cloned());
        let devices = account.iter().flat_map(|account| account.mfa_devices());
        let device = devices.filter(|device| device.user_id.as_deref() == Some(id)).map(|device| Row {
            cells: vec![
                Cell::Code(device.serial_number.clone()),
                Cell::Moment(device.enabled_at.unwrap_or(device.created_at)),
            ],
            acts: vec![remove(&device.serial_number)],
            more: None,
        });
        let rows: Vec<Row> = device.collect();
        let says = "A device makes this session stronger. Whoever lost it asks an administrator to take it away: aws bailiwick delete-second-factor.";
        Section { rows: rows.clone(), ..Self::factor_section(says, rows.is_empty()) }
    }

    pub(super) async fn own_act(&self, person: &Person, act: &str, filled: &Filled) -> Result<Done, Fault> {
        let holder = self.holder(person)?;
        match act {
            "enrol" => self.enrol(person, &holder).await,
            "enable" => self.enable(person, &holder, filled).await,
            "remove" => self.remove(person, &holder, filled).await,
            "password" => self.change_password(person, filled).await,
            _ => Err(Fault::NotFound("button")),
        }
    }

    async fn enrol(&self, person: &Person, holder: &Holder) -> Result<Done, Fault> {
        let (name, created, pointer) = match holder {
            Holder::Person { id } => {
                let created = self.ask(person, "bailiwick", "CreateSecondFactor", json!({ "PersonId": id })).await?;
                (person.name.clone(), created, "")
            }
            Holder::User { name } => (name.clone(), self.new_device(person, name).await?, "/VirtualMFADevice"),
        };
        let serial_number = text(&created, &format!("{pointer}/SerialNumber"));
        let seed = seed(&created, &format!("{pointer}/Base32StringSeed"))?;
        let sections = vec![handed_over(&name, serial_number, &seed)];
        Ok(Done { words: "the device is there, and waits for its first codes".to_owned(), sections })
    }

    /// A device under the user's name, or with a number where that is taken. One that was never enabled makes room.
    async fn new_device(&self, person: &Person, user: &str) -> Result<Json, Fault> {
        let account = self.signed_in(person)?.account;
        for number in 1..=MOST {
            let name = if number == 1 { Cow::Borrowed(user) } else { Cow::Owned(format!("{user}-{number}")) };
            let serial_number = format!("arn:{}:iam::{account}:mfa/{name}", self.partition);
            let directory = self.authority.directory();
            let known = directory.account(account).and_then(|account| account.mfa_device(&serial_number));
            match known {
                Some(known) if known.user_id.is_some() => continue,
                Some(_) => {
                    let input = json!({ "SerialNumber": serial_number });
                    self.ask(person, "iam", "DeleteVirtualMFADevice", input).await?;
                }
                None => {}
            }
            let input = json!({ "VirtualMFADeviceName": name });
            return self.ask(person, "iam", "CreateVirtualMFADevice", input).await;
        }
        Err(Fault::Invalid(format!("a user has at most {MOST} devices; remove one first")))
    }

    async fn enable(&self, person: &Person, holder: &Holder, filled: &Filled) -> Result<Done, Fault> {
        let (first, second) = (filled.one("first"), filled.one("second"));
        let codes = json!({ "AuthenticationCode1": first, "AuthenticationCode2": second });
        let mut input = codes;
        match holder {
            Holder::Person { id } => {
                input["PersonId"] = json!(id);
                self.ask(person, "bailiwick", "EnableSecondFactor", input).await?;
            }
            Holder::User { name } => {
                input["UserName"] = json!(name);
                input["SerialNumber"] = json!(filled.one("serial-number"));
                self.ask(person, "iam", "EnableMFADevice", input).await?;
            }
        }
        Ok("the device is enabled; confirm with the code that it shows next to make this session stronger"
            .to_owned()
            .into())
    }

    async fn remove(&self, person: &Person, holder: &Holder, filled: &Filled) -> Result<Done, Fault> {
        match holder {
            Holder::Person { id } => {
                self.ask(person, "bailiwick", "DeleteSecondFactor", json!({ "PersonId": id })).await?;
            }
            Holder::User { name } => {
                let serial_number = filled.one("serial-number");
                let input = json!({ "UserName": name, "SerialNumber": serial_number });
                self.ask(person, "iam", "DeactivateMFADevice", input).await?;
                self.ask(person, "iam", "DeleteVirtualMFADevice", json!({ "SerialNumber": serial_number })).await?;
            }
        }
        Ok("the device is removed".to_owned().into())
    }

    async fn change_password(&self, person: &Person, filled: &Filled) -> Result<Done, Fault> {
        let (old, new) = (filled.exactly("old"), filled.exactly("new"));
        if new != filled.exactly("again") {
            return Err(Fault::Invalid("the new password and its repetition differ".to_owned()));
        }
        self.ask(person, "iam", "ChangePassword", json!({ "OldPassword": old, "NewPassword": new })).await?;
        Ok("the password is changed; sign in again with the new one".to_owned().into())
    }
}

/// A seed as an app takes it. The answer has it as bytes, which JSON writes in base64.
fn seed(created: &Json, pointer: &str) -> Result<String, Fault> {
    use base64::Engine as _;
    let read = base64::engine::general_purpose::STANDARD.decode(text(created, pointer)).ok();
    let seed = read.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|seed| !seed.is_empty());
    seed.ok_or(Fault::Invalid("the key of the device cannot be read".to_owned()))
}

fn remove(serial_number: &str) -> Act {
    Act {
        act: "remove",
        label: "Remove".to_owned(),
        question: Some("Its codes count no more.".to_owned()),
        values: vec![("serial-number", serial_number.to_owned())],
    }
}
