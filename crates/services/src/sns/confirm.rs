//! Tokens: how an endpoint says that it wants a subscription, and gets back one that it has ended.
//!
//! A token is the subscription's id with a signature of what it is for, so that none is stored and none can be guessed.

use bailiwick_authority::{Principal, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_notify::sns::delivery::Kind;
use bailiwick_store::vault::Purpose;
use bailiwick_store::{Change, Expect};
use serde::{Deserialize, Serialize};

use super::publish::fanout::{self, Outgoing};
use super::subscriptions::{KIND, Subscription, SubscriptionInput};
use super::topics::Topic;
use super::{arn, invalid, key, topic_arn};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// What a token's signature is over.
fn signed(subscription: &Subscription, kind: Kind) -> String {
    // A subscription that was had back and ended again has another token.
    let at = subscription.deleted_at.filter(|_| kind == Kind::UnsubscribeConfirmation);
    format!("{}\n{}\n{}", subscription.arn, kind.as_str(), at.map(|at| at.as_millis()).unwrap_or_default())
}

fn token(cx: &Context<'_>, subscription: &Subscription, kind: Kind) -> String {
    let id = subscription.id().replace('-', "");
    format!("{id}{}", cx.vault.sign(Purpose::SubscriptionToken, signed(subscription, kind).as_bytes()))
}

/// Sends an endpoint the token of its subscription.
pub(super) fn ask(cx: &Context<'_>, topic: &Topic, subscription: &Subscription, kind: Kind) -> Result<(), Fault> {
    let text = match kind {
        Kind::UnsubscribeConfirmation => format!(
            "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.",
            subscription.arn
        ),
        _ => format!(
            "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL included in this message.",
            subscription.topic_arn
        ),
    };
    let outgoing = Outgoing::confirmation(uuid(cx.entropy), text, kind, token(cx, subscription, kind));
    let policy = super::attributes::delivery_policy(topic)?;
    cx.commit(fanout::row(cx, topic, &policy, subscription, &outgoing)?);
    Ok(())
}

/// The id of the subscription that a token is for, as an ARN ends with it.
fn subscription_id(token: &str) -> Option<String> {
    let fits = token.len() == 96 && token.bytes().all(|b| b.is_ascii_hexdigit());
    let part = |from: usize, to: usize| token.get(from..to).filter(|_| fits);
    Some(format!("{}-{}-{}-{}-{}", part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmInput {
    topic_arn: String,
    token: String,
    authenticate_on_unsubscribe: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmOutput {
    subscription_arn: String,
}

/// Confirms a subscription with the token that was sent to its endpoint, or brings an ended one back. Doing it again
/// changes nothing. The token is the proof, so that the request need not be signed.
pub(super) async fn confirm_subscription(
    cx: &Context<'_>,
    call: Authorized<ConfirmInput>,
) -> Result<ConfirmOutput, Fault> {
    let topic = topic_arn(&call, &call.input.topic_arn)?;
    let unknown = || invalid("Token");
    let id = subscription_id(&call.input.token).ok_or_else(unknown)?;
    let place = key(&arn(&format!("{topic}:{id}"), "TopicArn")?, KIND);
    let (mut subscription, revision) = cx.read::<Subscription>(place.clone()).await?.ok_or_else(unknown)?;
    let (_, signature) = call.input.token.split_at_checked(32).ok_or_else(unknown)?;
    let is_for =
        |kind: Kind| cx.vault.signed(Purpose::SubscriptionToken, signed(&subscription, kind).as_bytes(), signature);
    let restores = subscription.deleted_at.is_some() && is_for(Kind::UnsubscribeConfirmation);
    let confirms = subscription.deleted_at.is_none() && is_for(Kind::SubscriptionConfirmation);
    if !(restores || confirms) || super::subscriptions::find(cx, &subscription.arn).await.is_err() {
        return Err(unknown());
    }
    let caller = call.caller().principal.account();
    let protect = match call.input.authenticate_on_unsubscribe.as_deref() {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(invalid("AuthenticateOnUnsubscribe")),
    };
    if protect && caller != Some(subscription.owner) {
        let message = "To disallow anonymous unsubscription, subscriber and confirmer IDs must match";
        return Err(Fault::sender("AuthorizationError", 403, message));
    }
    if subscription.pending || restores {
        subscription.pending = false;
        subscription.deleted_at = None;
        subscription.authenticated = caller.is_some();
        subscription.protected = protect;
        let body = crate::fault::to_stored(&subscription)?;
        cx.commit(Change::new().put(place, body, Expect::Revision(revision)));
    }
    Ok(ConfirmOutput { subscription_arn: subscription.arn })
}

/// Ends a subscription. Ending what is not there succeeds, as it does at AWS. An endpoint that is ended by somebody else
/// than the owner is told, and may have it back.
pub(super) async fn unsubscribe(cx: &Context<'_>, call: Authorized<SubscriptionInput>) -> Result<Nothing, Fault> {
    let text = &call.input.subscription_arn;
    let place = arn(text, "SubscriptionArn")?;
    if !place.resource().contains(':') {
        return Err(invalid("SubscriptionId"));
    }
    let Some((mut subscription, revision)) = cx.read::<Subscription>(key(&place, KIND)).await? else {
        return Ok(Nothing {});
    };
    let anonymous = call.caller().principal == Principal::Anonymous;
    if anonymous && (subscription.protected || subscription.pending || subscription.is_chatbot()) {
        let message = "This subscription may only be deleted by an authorized user.";
        return Err(Fault::sender("AuthorizationError", 403, message));
    }
    if subscription.deleted_at.is_some() {
        return Ok(Nothing {});
    }
    let keeps = matches!(subscription.protocol.as_str(), "http" | "https") && subscription.is_active();
    if !keeps || subscription.is_chatbot() {
        cx.commit(Change::new().delete(key(&place, KIND), Expect::Any));
        return Ok(Nothing {});
    }
    subscription.deleted_at = Some(cx.now);
    let body = crate::fault::to_stored(&subscription)?;
    cx.commit(Change::new().put(key(&place, KIND), body, Expect::Revision(revision)));
    if call.caller().principal.account() != Some(subscription.owner) {
        let topic = Topic::find(cx, &arn(&subscription.topic_arn, "TopicArn")?).await?;
        ask(cx, &topic, &subscription, Kind::UnsubscribeConfirmation)?;
    }
    Ok(Nothing {})
}
