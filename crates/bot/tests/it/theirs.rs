//! Calls that leave for an endpoint.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use bailiwick_chat::plain;

use crate::room::World;

/// An endpoint that answers every request with these bytes, or with nothing at all.
pub(crate) async fn endpoint(answer: &'static [u8]) -> String {
    slow_endpoint(answer, std::time::Duration::ZERO).await
}

/// As [`endpoint`], after a while.
pub(crate) async fn slow_endpoint(answer: &'static [u8], after: std::time::Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 * 1024];
                let _ = socket.read(&mut buffer).await;
                tokio::time::sleep(after).await;
                let _ = socket.write_all(answer).await;
            });
        }
    });
    format!("http://{address}")
}

pub(crate) const REGIONS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 163\r\nconnection: close\r\n\r\n<DescribeRegionsResponse><requestId>r</requestId><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>                ";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_an_endpoint_is_shown_and_recorded() {
    let world = World::new(Some(endpoint(REGIONS).await)).await;
    world.says("person-dana", "@aws ec2 describe-regions", None).await;
    let answer = world.last(1).await;
    assert!(answer.contains("eu-west-1"), "{answer}");
    assert_eq!(world.outcomes("DescribeRegions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_6_a_read_that_broke_off_is_not_called_ambiguous() {
    let world = World::new(Some(endpoint(b"").await)).await;
    world.says("person-dana", "@aws ec2 describe-regions", None).await;
    let cards = world.cards(1).await;
    let answer = plain::card(&cards[0].1);
    assert!(!answer.contains("Ambiguous"), "{answer}");
    assert!(answer.contains("Failed"), "{answer}");
    assert_eq!(world.outcomes("DescribeRegions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_the_lines_to_add_are_said() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws ec2 describe-regions", None).await;
    let answer = world.last(1).await;
    assert!(answer.contains("[[account]]") && answer.contains("444455556666"), "{answer}");
}
