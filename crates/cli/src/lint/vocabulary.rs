//! What AWS's service authorization reference says, for the rules of lint.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_aws::catalogue::ServiceAuthorization;
use bailiwick_aws::pack::Pack;
use bailiwick_policy::lint::{ActionFacts, Known, ServiceFacts, Vocabulary};

/// The reference in the data pack. Services that were asked for are kept: a policy names the same few again and again.
pub(super) struct Reference {
    pack: Arc<Pack>,
    kept: RefCell<HashMap<String, Known<ServiceFacts>>>,
}

impl Reference {
    pub(super) fn new(pack: Arc<Pack>) -> Self {
        Reference { pack, kept: RefCell::default() }
    }

    fn look_up(&self, prefix: &str) -> Known<ServiceFacts> {
        match self.pack.authorization(prefix) {
            Ok(Some(service)) => Known::Yes(facts(&service)),
            Ok(None) => Known::No,
            // A damaged section says nothing about the policy.
            Err(_) => Known::Unknown,
        }
    }
}

impl Vocabulary for Reference {
    fn service(&self, prefix: &str) -> Known<ServiceFacts> {
        self.kept.borrow_mut().entry(prefix.to_owned()).or_insert_with(|| self.look_up(prefix)).clone()
    }
}

fn facts(service: &ServiceAuthorization) -> ServiceFacts {
    let template = |name: &str| service.resource(name).map(|resource| resource.arn.to_string());
    let actions = service.actions.iter().map(|action| ActionFacts {
        name: action.name.to_string(),
        resources: action.resources.iter().filter_map(|resource| template(&resource.kind)).collect(),
    });
    ServiceFacts { actions: actions.collect() }
}
