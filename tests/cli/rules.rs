//! Rules of one's own in a run.

use super::{Example, shown};

/// A rule writes to the types that it names, and to no others: a remark for rooms is not one of people.
#[test]
fn a_rule_is_for_the_types_that_it_writes() {
    let example = Example::new();
    let remark = |kind: &str, precedence: u32| {
        format!(
            "\n[[rule]]\nname = \"Remark {kind}\"\ndirection = \"in\"\nfrom = \"user\"\nto = \"{kind}\"\nlink = \"join\"\nprecedence = {precedence}\n[rule.set]\ninfo = '\"of a {kind}\"'\n"
        )
    };
    // The rule for rooms comes first, so that it would win wherever it counts.
    example.write(
        "remarks.toml",
        &format!("extends = \"galsync\"\n{}{}", remark("room", 50), remark("person", 60)),
    );
    let config =
        example.read("madrigal.toml").replacen("mail-domains", "rules = \"remarks.toml\"\nmail-domains", 1);
    example.write("madrigal.toml", &config);
    example.json(&["run"]);
    let text = example.read("xyz.ldif");
    let remarks = |name: &str| {
        let record =
            text.split("\n\n").find(|record| record.contains(&format!("\ndisplayName: {name} (ABC)\n")));
        let lines = record.unwrap().lines().filter_map(|line| line.strip_prefix("info: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(remarks("Tilda Marsh"), ["of a person"]);
    assert_eq!(remarks("Room Spree"), ["of a room"]);
}

/// A self-signed certificate of somebody invented: RSA 4096, of more octets than a small value has.
const CERTIFICATE: &str = "\
    MIIFgDCCA2igAwIBAgIUFzGvu3toweEt05Dfh8+GelF5S3gwDQYJKoZIhvcNAQELBQAwMTELMAkGA1UEBhMCREUxDDAKBgNVBAoMA0FCQzEUMB\
    IGA1UEAwwLVGlsZGEgTWFyc2gwIBcNMjYxMTIyMDkwOTMyWhgPMjEyNjEwMjkwOTA5MzJaMDExCzAJBgNVBAYTAkRFMQwwCgYDVQQKDANBQkMx\
    FDASBgNVBAMMC1RpbGRhIE1hcnNoMIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA05rjE2eAWq91iK+XJc+tmF2acAr8eXj8GA/ein\
    zC8X3pdRm2OmIg9ovJmPIujKzPEGCV1mjO+0wvgQHp/2klPfRMat34/V9a/Ite4L69ObL4nLI6/jgfL3PbPC/Qh3+TiKnytEyeTgCVCRoM9o9m\
    VU9+GgbL8lNyAU4nZ3KboI7rsrzmYkUTP/qQ2tt0UyIYfrnvfecrxjfrdISc+Os90mDSeC8NDW5uOjdnRncYnI6DPAd1o3nDHnfZmWrvVGvCCt\
    yoVtlckikAhmPqVWRrQcpGqRkCeGU011/gcfnNael3Lf7C2IVaz/R6yfT194Qh91pbZZLjI+KvqVT88+WLGDjZoobB79R8X15+kGekbQDl9AGz\
    nknve9/YytY98PHDYLGshROwKWC7vhfL9t++qVJViGj/wVt6avvcDSd5dF2zCl2KC6pOb/B7leC6+tXMrGVkI1CXy+gaHOrwJ8EKpEGkxxNE+M\
    KyIEdFyYq6BaSd6GbsmLZMxyFd4GkUA7wKitItxmQ+W9F8oj7m2/rUFhf6fsCDfzF3YqfpXFUK5fl9Ckn17Bm+1C7Lg3sANtEtfSWZluRUT70b\
    4HC33GR8quAsrEt1stcZ/YASfE3FSpDxLKYstuUlh21Hu9zmH3EtBn4KLRCOMUI2GyCqP4mp6iEeqzwiDg1y4WR+y6sGqYsCAwEAAaOBjTCBij\
    AdBgNVHQ4EFgQU6DeApdHCzvYYM6UjegC46Sc/e/QwHwYDVR0jBBgwFoAU6DeApdHCzvYYM6UjegC46Sc/e/QwDwYDVR0TAQH/BAUwAwEB/zA3\
    BgNVHREEMDAugRd0aWxkYS5tYXJzaEBhYmMuZXhhbXBsZYETdC5tYXJzaEBhYmMuZXhhbXBsZTANBgkqhkiG9w0BAQsFAAOCAgEAaS6EX+SqkZ\
    xSuAvAxQ08PGdY/ph7M7nwihXIxlsXBGfQtQjJ5V+TMbpAFvo4zJvAVSbnpvgJ6NpBzbmOukkFcI1RN7iRMRkQ7zdUkzAaoog/AD1bAxbfJu1d\
    D5goJ2wpUVMDQ4ZPwNWoXuwMHMjc+s52zVY4Pf7X10odgEXrtFHuY2M6zjxGfgKZ8KsozBGHBMK0xtGOcfKWK8GlySLxikJ2GErf4DmGYh7uIW\
    V85HNCbLmjLgsDI8OEeZLIG+7sutvwe5QPGGAIcvs82kQQXzBYMyJtSEkdlk/ufzVPmnHkLWMOJuYGkTAsUaUrHCyikZRVKxWYAGDD5xO57pBS\
    QxuRF2B2CiuAgtGFdBTXdGPEyjUxJvJjLMhl4Dps0UYpZ+0w56hQqe8ym8EldXi4eAg5KQ8RRGOa2zRv0AhKbXVjGUquYWULu+iOsxNVFCj9IY\
    XNrJf8UwheJcitx4nde0jDQPYbsbFuFpDjg+bloWEPLVWfqslcv0IHIkeXUKRpi9s6Za/z75JwQgn2dPw2qXFaBgdWHWMYAB9JzkkQCwjQeTVP\
    aIoq/FcJGiqVJstYNl2HOSZM3DIuAYV3Xt4gUM/+kWb/kLVRhk857U5TJnrrAxu5kubAZo6rcd3WWWt5nvdWnHWDN95ThUfRAO2hnMwsBkQpeG\
    fwHjpAdBn1Ses=";

/// A certificate of usual size is one that expressions can look into, and it flows as it is beside.
#[test]
fn what_a_certificate_says() {
    let example = Example::new();
    example.write(
        "certificates.toml",
        "extends = \"galsync\"\n\n[[rule]]\nname = \"Certificate\"\ndirection = \"in\"\nfrom = \"user\"\nto = \"person\"\nlink = \"join\"\nprecedence = 50\n[rule.set]\ninfo = 'CertSubjectNameDN([userCertificate])'\n",
    );
    let config = example.read("madrigal.toml").replacen(
        "mail-domains",
        "rules = \"certificates.toml\"\nmail-domains",
        1,
    );
    example.write("madrigal.toml", &config);
    example.edit("abc.ldif", |record| {
        let is_hers = record.contains("\ndisplayName: Tilda Marsh\n");
        Some(if is_hers { format!("{record}\nuserCertificate:: {CERTIFICATE}") } else { record.to_owned() })
    });
    example.json(&["run"]);
    let text = example.read("xyz.ldif");
    let record =
        text.split("\n\n").find(|record| record.contains("\ndisplayName: Tilda Marsh (ABC)\n")).unwrap();
    let unfolded = record.replace("\n ", "");
    assert!(unfolded.contains("\ninfo: CN=Tilda Marsh"), "{unfolded}");
    assert!(unfolded.contains(&format!("\nuserCertificate:: {CERTIFICATE}")), "{unfolded}");
    let (_, report) = example.json(&["run"]);
    assert_eq!(shown(&report["planned"]), "", "{report}");
}
