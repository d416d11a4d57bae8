//! stub
/// x
pub fn odd_events(_seed: u64, _n: usize) -> Vec<String> {
    Vec::new()
}
/// x
pub fn odd_events_on_many_lines(_seed: u64, _n: usize) -> Vec<String> {
    Vec::new()
}
