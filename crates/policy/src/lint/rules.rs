//! The rules, one file each.

mod action_characters;
mod action_form;
mod allow_everything;
mod allow_not_action;
mod allow_not_principal;
mod allow_not_resource;
mod arn_literal;
mod characters;
mod date_literal;
mod document_size;
mod duplicate_sid;
mod empty_condition;
mod empty_statement;
mod for_all_values_without_null;
mod ip_literal;
mod mapped_ip_range;
mod mfa_deny_without_if_exists;
mod missing_version;
mod number_literal;
mod odd_boolean;
mod open_guardrail;
mod operator_type;
mod pass_any_role;
mod principal_form;
mod private_source_ip;
mod public_access;
mod rcp_form;
mod redundant_action;
mod redundant_resource;
mod redundant_statement;
mod resource_form;
mod service_without_source;
mod set_key_without_set_operator;
mod set_operator_on_single_key;
mod short_arn;
mod sid_form;
mod unknown_action;
mod unknown_global_key;
mod unknown_key;
mod unknown_service;
mod unsupported_key;
mod unsupported_resource;
mod unsupported_tag;
mod variable_form;
mod variable_in_2008;
mod variable_of_set_key;
mod variables;
mod wildcard_in_equals;
mod wildcard_only_action;
mod wrong_resource_type;

use crate::lint::Rule;

/// Every rule. What AWS refuses comes first.
pub(super) static ALL: &[&Rule] = &[
    &action_form::RULE,
    &action_characters::RULE,
    &empty_statement::RULE,
    &resource_form::RULE,
    &principal_form::RULE,
    &sid_form::RULE,
    &duplicate_sid::RULE,
    &number_literal::RULE,
    &date_literal::RULE,
    &ip_literal::RULE,
    &arn_literal::RULE,
    &characters::RULE,
    &document_size::RULE,
    &rcp_form::RULE,
    &set_key_without_set_operator::RULE,
    &set_operator_on_single_key::RULE,
    &for_all_values_without_null::RULE,
    &allow_not_principal::RULE,
    &allow_not_action::RULE,
    &allow_not_resource::RULE,
    &allow_everything::RULE,
    &open_guardrail::RULE,
    &public_access::RULE,
    &service_without_source::RULE,
    &pass_any_role::RULE,
    &unknown_global_key::RULE,
    &unknown_key::RULE,
    &unsupported_key::RULE,
    &unsupported_tag::RULE,
    &operator_type::RULE,
    &missing_version::RULE,
    &variable_in_2008::RULE,
    &variable_form::RULE,
    &variable_of_set_key::RULE,
    &wildcard_in_equals::RULE,
    &odd_boolean::RULE,
    &empty_condition::RULE,
    &mfa_deny_without_if_exists::RULE,
    &private_source_ip::RULE,
    &mapped_ip_range::RULE,
    &redundant_action::RULE,
    &redundant_resource::RULE,
    &redundant_statement::RULE,
    &short_arn::RULE,
    &unknown_service::RULE,
    &unknown_action::RULE,
    &wildcard_only_action::RULE,
    &wrong_resource_type::RULE,
    &unsupported_resource::RULE,
];
