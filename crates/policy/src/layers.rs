use crate::Policy;

/// The policies that apply to one request, layer by layer.
///
/// `None` says that a layer does not apply (a user without a permissions boundary); `Some` of nothing says that it applies and
/// holds nothing, so that it allows nothing. Which layers apply is for the caller to know: the management account of an
/// organization has no `scp` and its resources no `rcp`. Sessions of service-linked roles are exempt from `scp` by themselves.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Identity policies: of the user and their groups, or of the role.
    pub identity: Option<Vec<Policy>>,
    /// The permissions boundary. AWS allows one policy; several are joined.
    pub boundary: Option<Vec<Policy>>,
    /// The session policies, inline and managed, joined.
    pub session: Option<Vec<Policy>>,
    /// The guardrail policies of a channel, joined: a gate of its own that no grant passes by.
    pub guardrail: Option<Vec<Policy>>,
    /// Service control policies of the caller's account: one list for each level, root first. Each level must allow.
    pub scp: Option<Vec<Vec<Policy>>>,
    /// Resource control policies of the resource's account: one list for each level, root first. Each level must allow. AWS applies them
    /// to some services only; leave the layer out for the others.
    pub rcp: Option<Vec<Vec<Policy>>>,
    /// The resource's own policy: of a topic, a queue, a bucket, a key, or a role's trust policy (a policy of the type
    /// [`PolicyType::Trust`](crate::PolicyType::Trust)).
    pub resource: Option<Policy>,
    /// The policies of the VPC endpoint the request came through, joined.
    pub endpoint: Option<Vec<Policy>>,
}

impl Layers {
    /// Every policy of every layer.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let lists = [&self.identity, &self.boundary, &self.session, &self.guardrail, &self.endpoint];
        let levels = [&self.scp, &self.rcp].into_iter().flatten().flatten();
        lists.into_iter().flatten().chain(levels).flatten().chain(&self.resource)
    }
}
