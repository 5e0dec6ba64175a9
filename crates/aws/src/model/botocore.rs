//! Our own service's model in botocore's form, so that boto3 and the AWS CLI can call it.

use serde_json::{Map, Value as Json, json};

use super::{Service, source::SourceError};

const SOURCE: &str = include_str!("../../models/bailiwick.json");

/// The model of the service `bailiwick` as a `service-2.json`.
///
/// # Errors
/// The source in this program cannot be read.
pub fn own() -> Result<Json, SourceError> {
    let service = Service::from_json(SOURCE)?;
    let source: Json = serde_json::from_str(SOURCE).unwrap_or_default();
    let operations = entries(&source, "ops").map(|(name, of)| (name.clone(), operation(name, of)));
    let shapes = entries(&source, "shapes").map(|(name, of)| (name.clone(), shape(of)));
    let text = |key: &str| source.get(key).cloned().unwrap_or_default();
    Ok(json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": text("apiVersion"),
            "auth": text("auth"),
            "endpointPrefix": text("endpointPrefix"),
            "jsonVersion": text("jsonVersion"),
            "protocol": text("protocol"),
            "protocols": text("protocols"),
            "serviceFullName": "Bailiwick",
            "serviceId": text("serviceId"),
            "signatureVersion": text("signatureVersion"),
            "signingName": text("signingName"),
            "targetPrefix": text("targetPrefix"),
            "uid": format!("{}-{}", service.name, service.api_version),
        },
        "operations": operations.collect::<Map<_, _>>(),
        "shapes": shapes.collect::<Map<_, _>>(),
    }))
}

fn entries<'a>(of: &'a Json, key: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    of.get(key).and_then(Json::as_object).into_iter().flatten()
}

fn reference(name: &Json) -> Json {
    json!({"shape": name})
}

fn operation(name: &str, of: &Json) -> Json {
    let errors: Vec<Json> = of.get("err").and_then(Json::as_array).into_iter().flatten().map(reference).collect();
    let mut shown = json!({"name": name, "http": {"method": "POST", "requestUri": "/"}, "errors": errors});
    for (ours, theirs) in [("in", "input"), ("out", "output")] {
        if let Some(target) = of.get(ours) {
            shown[theirs] = reference(target);
        }
    }
    for trait_name in ["idempotent", "readonly"] {
        if let Some(value) = of.get(trait_name) {
            shown[trait_name] = value.clone();
        }
    }
    shown
}

fn shape(of: &Json) -> Json {
    let mut shown = Map::new();
    for (key, value) in of.as_object().into_iter().flatten() {
        let (key, value) = match key.as_str() {
            "t" => ("type", value.clone()),
            "m" => {
                let members = entries(of, "m").map(|(name, target)| (name.clone(), reference(target)));
                ("members", Json::Object(members.collect()))
            }
            "req" => ("required", value.clone()),
            "member" | "key" | "value" => (key.as_str(), reference(value)),
            other => (other, value.clone()),
        };
        shown.insert(key.to_owned(), value);
    }
    if shown.get("type") == Some(&json!("structure")) {
        shown.entry("members").or_insert_with(|| json!({}));
    }
    Json::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_printed_model_resolves() {
        let model = own().unwrap();
        let shapes = model["shapes"].as_object().unwrap();
        let mut seen = 0;
        let mut look = |target: &Json| {
            assert!(shapes.contains_key(target["shape"].as_str().unwrap()), "{target}");
            seen += 1;
        };
        for operation in model["operations"].as_object().unwrap().values() {
            look(&operation["input"]);
            look(&operation["output"]);
            operation["errors"].as_array().unwrap().iter().for_each(&mut look);
        }
        for shape in shapes.values() {
            shape.get("members").and_then(Json::as_object).into_iter().flatten().for_each(|(_, target)| look(target));
            shape.get("member").into_iter().for_each(&mut look);
            for required in shape.get("required").and_then(Json::as_array).into_iter().flatten() {
                assert!(shape["members"].get(required.as_str().unwrap()).is_some(), "{required}");
            }
        }
        assert!(seen > 200, "{seen}");
    }
}
