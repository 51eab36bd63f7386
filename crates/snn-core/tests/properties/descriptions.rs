//! Descriptions of networks from outside: refused with a code, never with a panic, however large
//! their numbers.

use proptest::prelude::*;
use snn_core::error::Code;
use snn_core::network::Network;

use crate::cases::config;

/// Sizes that fit, that do not, and whose products leave every integer.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 1u64..6,
        1 => Just(0u64),
        1 => prop::sample::select(vec![65_536, 1 << 26, (1 << 26) + 1, 1 << 32, 1 << 53, u64::MAX]),
    ]
}

fn layer() -> impl Strategy<Value = String> {
    let neuron = r#""neuron":{"threshold":0.25,"leak":0.25,"reset":"hard"}"#;
    let linear = size().prop_map(move |n| format!(r#"{{"kind":"linear","outputs":{n},{neuron}}}"#));
    let conv = (size(), size(), size(), size()).prop_map(move |(c, k, s, p)| {
        format!(
            r#"{{"kind":"conv2d","channels":{c},"kernel":{k},"stride":{s},"padding":{p},{neuron}}}"#
        )
    });
    prop_oneof![linear, conv]
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn any_sizes(
        (c, h, w) in (size(), size(), size()),
        steps in size(),
        layers in prop::collection::vec(layer(), 0..4),
        linear in any::<bool>(),
        classes in size(),
    ) {
        let layers = layers.join(",");
        let readout = match linear {
            true => format!(r#"{{"kind":"linear","classes":{classes}}}"#),
            false => r#"{"kind":"rate"}"#.to_owned(),
        };
        let json = format!(
            r#"{{"input":{{"shape":[{c},{h},{w}],"encoding":"rate","steps":{steps}}},
                "layers":[{layers}],"readout":{readout}}}"#
        );
        if let Err(error) = Network::from_json(&json) {
            let known = [Code::InvalidShape, Code::InvalidValue, Code::InvalidDescription];
            prop_assert!(known.contains(&error.code), "{error}");
        }
    }

    #[test]
    fn any_text(text in ".{0,60}") {
        let error = Network::from_json(&text).unwrap_err();
        prop_assert_eq!(error.code, Code::InvalidDescription);
    }
}
