use clap::{Args, Subcommand};
use otpkeep::paths::Operation;
use serde_json::Value;

use super::mounts::pairs;
use super::paths::text;
use super::{done, expect, request};
use crate::arguments::OutputOptions;
use crate::failure::Result;
use crate::input::{Fields, Input};
use crate::output;
use crate::session::Session;

/// Makes and manages tokens.
#[derive(Subcommand)]
pub(crate) enum Token {
    Create(Create),
    Lookup(Lookup),
    Renew(Renew),
    Revoke(Revoke),
    Capabilities(Capabilities),
}

/// Makes a token and prints it, this once.
///
/// Made with a token, it is that token's child: it has a subset of its policies and ends with it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep token create -policy=validators -ttl=24h
  otpkeep token create -policy=validators -field=token >login.token")]
pub(crate) struct Create {
    #[command(flatten)]
    output: OutputOptions,
    /// A policy it has; may be repeated. Without any, those of the token or root key that makes it
    #[arg(long, value_name = "NAME")]
    policy: Vec<String>,
    /// Leave out the policy default
    #[arg(long)]
    no_default_policy: bool,
    /// How long it lives, such as 30m, 24h or 3600
    #[arg(long, value_name = "DURATION")]
    ttl: Option<String>,
    /// Whether it may be renewed
    #[arg(long, value_name = "true|false")]
    renewable: Option<bool>,
    /// Whom it is for
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// A note about it; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    metadata: Vec<String>,
}

/// Which token is meant.
#[derive(Args)]
struct Which {
    /// The token: - or @FILE keep it off the command line. Without it, the one in use
    token: Option<String>,
    /// The accessor of the token
    #[arg(long, conflicts_with = "token")]
    accessor: Option<String>,
}

impl Which {
    /// The path of an operation on it, and the fields that say which it is.
    fn at(&self, operation: &str) -> Result<(String, Fields)> {
        let path = format!("auth/token/{operation}");
        Ok(match (&self.token, &self.accessor) {
            (Some(token), _) => (path, token_field(token, &mut Input::default())?),
            (None, Some(accessor)) => (format!("{path}-accessor"), Fields::of([("accessor", accessor.as_str())])),
            (None, None) => (format!("{path}-self"), Fields::default()),
        })
    }
}

fn token_field(token: &str, input: &mut Input) -> Result<Fields> {
    let mut fields = Fields::default();
    fields.put("token", Some(input.value("token", token)?));
    Ok(fields)
}

/// Tells what may be told of a token.
#[derive(Args)]
pub(crate) struct Lookup {
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    which: Which,
}

/// Renews a token.
#[derive(Args)]
pub(crate) struct Renew {
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    which: Which,
    /// From now, such as 30m or 24h; else, and at most, what it was made for
    #[arg(long, value_name = "DURATION")]
    increment: Option<String>,
}

/// Ends a token and its children.
#[derive(Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    which: Which,
    /// The token in use
    #[arg(long = "self", conflicts_with_all = ["token", "accessor"], required_unless_present_any = ["token", "accessor"])]
    own: bool,
}

/// Tells what a token may do at a path.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep token capabilities totp/code/alice
  otpkeep token capabilities @login.token totp/code/alice")]
pub(crate) struct Capabilities {
    #[command(flatten)]
    output: OutputOptions,
    /// The token (- or @FILE keep it off the command line; without it, the one in use), then the path
    #[arg(value_name = "[TOKEN] PATH", num_args = 1..=2, required = true)]
    arguments: Vec<String>,
}

impl Token {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        match self {
            Token::Create(command) => command.run(session),
            Token::Lookup(command) => command.run(session),
            Token::Renew(command) => command.run(session),
            Token::Revoke(command) => command.run(session),
            Token::Capabilities(command) => command.run(session),
        }
    }
}

impl Create {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let mut fields = Fields::default();
        fields.put("policies", (!self.policy.is_empty()).then_some(self.policy));
        fields.put("no_default_policy", self.no_default_policy.then_some("true"));
        fields.put("ttl", self.ttl);
        fields.put("renewable", self.renewable.map(|renewable| renewable.to_string()));
        fields.put("display_name", self.display_name);
        fields.put("meta", (!self.metadata.is_empty()).then(|| pairs("-metadata", &self.metadata)).transpose()?);
        let keep = session.open()?;
        let answer = request(&keep, Operation::Write, "auth/token/create", &fields, "Error creating token")?;
        self.output.print(&expect(answer, "No token was made")?.0)
    }
}

impl Lookup {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let (path, fields) = self.which.at("lookup")?;
        // Vault reads the own token and writes which other one is meant.
        let operation = if path.ends_with("-self") { Operation::Read } else { Operation::Write };
        let answer = request(&session.open()?, operation, &path, &fields, "Error looking up token")?;
        self.output.print(&expect(answer, "No token found")?.0)
    }
}

impl Renew {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let (path, mut fields) = self.which.at("renew")?;
        fields.put("increment", self.increment);
        let answer = request(&session.open()?, Operation::Write, &path, &fields, "Error renewing token")?;
        self.output.print(&expect(answer, "No token found")?.0)
    }
}

impl Revoke {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let (path, fields) = self.which.at("revoke")?;
        let answer = request(&session.open()?, Operation::Write, &path, &fields, "Error revoking token")?;
        done(answer, "Success! Revoked token (if it existed)")
    }
}

impl Capabilities {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let (at, mut fields) = match self.arguments.as_slice() {
            [token, _] => ("sys/capabilities", token_field(token, &mut Input::default())?),
            _ => ("sys/capabilities-self", Fields::default()),
        };
        fields.put("paths", self.arguments.last().map(|path| vec![path.as_str()]));
        let answer = request(&session.open()?, Operation::Write, at, &fields, "Error listing capabilities")?;
        let answered = expect(answer, "No capabilities")?;
        match (self.output.is_table(), answered.0.data.get("capabilities")) {
            (true, Some(Value::Array(names))) => {
                output::print_line(&names.iter().map(text).collect::<Vec<_>>().join(", "))
            }
            _ => self.output.print(&answered.0),
        }
    }
}
