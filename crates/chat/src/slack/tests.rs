use super::*;

#[test]
fn times_are_read_and_nonsense_is_the_epoch() {
    assert_eq!(time_of("1795000000.123456").as_millis(), 1_795_000_000_123);
    assert_eq!(time_of("1795000000").as_millis(), 1_795_000_000_000);
    for odd in ["", "x.y", ".", "99999999999999999999.0"] {
        assert_eq!(time_of(odd).as_millis(), 0, "{odd}");
    }
}
