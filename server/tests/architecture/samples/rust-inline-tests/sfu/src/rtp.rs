#[cfg(test)]
mod tests {
    #[test]
    fn parses() {}
}
