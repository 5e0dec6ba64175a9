//! An endpoint on this machine that answers every request with the same instances, and a connection to it that is kept.

use bailiwick_aws::http::{Request, Response};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>8f7724cf-496f-496e-8fe3-example</requestId><reservationSet><item><reservationId>r-1234567890abcdef0</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item><instanceId>i-0123456789abcdef0</instanceId><imageId>ami-bff32ccc</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName>ip-192-168-1-88.eu-west-1.compute.internal</privateDnsName><instanceType>t2.micro</instanceType><launchTime>2026-05-08T16:46:19.000Z</launchTime><placement><availabilityZone>eu-west-1c</availabilityZone><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-56f5f633</subnetId><vpcId>vpc-11112222</vpcId><privateIpAddress>192.168.1.88</privateIpAddress><architecture>x86_64</architecture><tagSet><item><key>Name</key><value>Server_1</value></item></tagSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"#;

pub struct Endpoint {
    pub uri: http::Uri,
}

impl Endpoint {
    /// Listens on a free port of this machine, a thread for each connection.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        Endpoint { uri: format!("http://{address}").parse().expect("an address") }
    }

    pub fn connect(&self) -> Connection {
        let authority = self.uri.authority().expect("an address").as_str();
        let stream = TcpStream::connect(authority).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Connection { reader: BufReader::new(stream) }
    }
}

fn answer(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while read(&mut reader).is_some() {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", ANSWER.len());
        if reader.get_mut().write_all((head + ANSWER).as_bytes()).is_err() {
            break;
        }
    }
}

/// The body of a message whose head gives its length.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if let Some((name, value)) = text.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            let _ = name;
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

pub struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub fn send(&mut self, request: &Request) -> Response {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let mut text = format!("{} {target} HTTP/1.1\r\ncontent-length: {}\r\n", request.method(), request.body().len());
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("a header")));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend(request.body());
        self.reader.get_mut().write_all(&bytes).expect("sent");
        Response::new(read(&mut self.reader).expect("an answer"))
    }
}
