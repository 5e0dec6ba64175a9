//! What an empty data folder is given on the first start: the sample organization, its topic and its two rooms; and the
//! link with which a person signs in.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use bailiwick_authority::record::{PersonRecord, RoomRole};
use bailiwick_authority::sample::{self, PEOPLE, Sample, WORKLOAD_ACCOUNT};
use bailiwick_authority::{Call, Caller, Origin, uuid};
use bailiwick_aws::Value;
use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, Region};
use bailiwick_services::Answer;
use bailiwick_store::Change;

use crate::instance::Instance;
use crate::profiles;

/// The topic of the sample.
const TOPIC: &str = "alarms";

impl Instance {
    /// Makes the sample organization in an empty directory; where the AWS profiles of its users were written.
    pub(crate) async fn make_sample(&self, endpoint: &str) -> anyhow::Result<Option<PathBuf>> {
        if self.authority.directory().revision() > 0 {
            return Ok(None);
        }
        let now = self.clock.now();
        let vault = self.store.vault();
        let sample = sample::sample(&self.partition, &vault, self.entropy.as_ref(), now)?;
        let written = match self.folder() {
            Some(folder) => {
                let wrote = profiles::write(folder, endpoint, Region::us_east_1().as_str(), &sample.keys);
                Some(wrote.with_context(|| format!("cannot write AWS profiles into `{}`", folder.display()))?)
            }
            None => None,
        };
        self.authority.commit_directory(0, sample.change.clone(), Change::new()).await?;
        self.make_rooms(&sample).await.context("the sample's rooms could not be made")?;
        Ok(written)
    }

    /// Makes an account with a key for its root user in an empty directory.
    pub(crate) async fn make_lone_account(&self, account: AccountId, key: &str, secret: &Secret) -> anyhow::Result<()> {
        let change = sample::lone_account(&self.store.vault(), account, key, secret, self.clock.now())?;
        self.authority.commit_directory(0, change, Change::new()).await?;
        Ok(())
    }

    async fn make_rooms(&self, sample: &Sample) -> anyhow::Result<()> {
        let text = |value: &str| Value::from(value);
        let list = |values: &[String]| Value::list(values.iter().map(|value| Value::from(value.as_str())));

        let topic = self.own("sns", "CreateTopic", Value::map([("Name", text(TOPIC))])).await?;
        let topic = member(&topic, &["TopicArn"])?;
        let account = self.own("chime", "CreateAccount", Value::map([("Name", text("workload"))])).await?;
        let account = member(&account, &["Account", "AccountId"])?;

        let everybody = PEOPLE.map(|(id, _)| id);
        let rooms = [
            ("ops", &everybody[..], &sample.ops_role_arn, &sample.ops_guardrail_arns, vec![topic]),
            ("deploy", &everybody[..3], &sample.deploy_role_arn, &sample.deploy_guardrail_arns, Vec::new()),
        ];
        for (name, members, role, guardrails, topics) in rooms {
            let input = Value::map([("AccountId", text(&account)), ("Name", text(name))]);
            let room = self.own("chime", "CreateRoom", input).await?;
            let room = member(&room, &["Room", "RoomId"])?;
            for (place, person) in members.iter().enumerate() {
                let role = if place < 2 { "Administrator" } else { "Member" };
                let input = Value::map([
                    ("AccountId", text(&account)),
                    ("RoomId", text(&room)),
                    ("MemberId", text(person)),
                    ("Role", text(role)),
                ]);
                self.own("chime", "CreateRoomMembership", input).await?;
            }
            let input = Value::map([
                ("ConfigurationName", text(name)),
                ("RoomId", text(&room)),
                ("IamRoleArn", text(role)),
                ("GuardrailPolicyArns", list(guardrails)),
                ("SnsTopicArns", list(&topics)),
            ]);
            self.own("bailiwick", "CreateRoomConfiguration", input).await?;
        }
        Ok(())
    }

    /// The path of a one-time link for a person who administers a room, and the person's name; none when nobody does.
    pub(crate) async fn sign_in_link(&self) -> anyhow::Result<Option<(String, String)>> {
        let Some(person) = self.administrator() else { return Ok(None) };
        let input = Value::map([("PersonId", Value::from(person.id.as_str()))]);
        let link = self.own_in(person.account, "bailiwick", "CreateSignInLink", input).await?;
        Ok(Some((member(&link, &["Path"])?, person.name)))
    }

    fn administrator(&self) -> Option<PersonRecord> {
        let directory = self.authority.directory();
        directory.accounts().find_map(|account| {
            let administers = |person: &&PersonRecord| {
                account.room_memberships().any(|m| m.person == person.id && m.role == RoomRole::Administrator)
            };
            account.persons().find(administers).cloned()
        })
    }

    async fn own(&self, service: &str, operation: &str, input: Value) -> anyhow::Result<Value> {
        self.own_in(AccountId::parse(WORKLOAD_ACCOUNT)?, service, operation, input).await
    }

    /// Makes a call as Bailiwick itself: recorded like any other.
    async fn own_in(&self, account: AccountId, service: &str, operation: &str, input: Value) -> anyhow::Result<Value> {
        let call = Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            account,
            region: Region::us_east_1(),
            partition: self.partition.clone(),
            input,
        };
        let caller = Caller::system(uuid(self.entropy.as_ref()));
        match self.services.call(&caller, &Origin::System, call).await? {
            Answer::Output(output) => Ok(output),
            Answer::Fault(fault) => bail!("{service}:{operation} answered {fault}"),
            Answer::Denied(ruling) => bail!("{service}:{operation} was refused: {}", ruling.sentence()),
        }
    }
}

fn member(output: &Value, path: &[&str]) -> anyhow::Result<String> {
    let found = path.iter().try_fold(output, |value, name| value.get(name)).and_then(Value::as_str);
    found.map(ToOwned::to_owned).with_context(|| format!("the answer has no {}", path.join(".")))
}
