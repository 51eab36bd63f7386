//! What is asked, as JSON with plain errors.

use serde_json::Value;

pub struct Request(Value);

impl Request {
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = serde_json::from_str(text).map_err(|e| format!("request: {e}"))?;
        Ok(Request(value))
    }

    /// The value at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Result<&Value, String> {
        let missing = || format!("request: {pointer} is missing");
        self.0.pointer(pointer).ok_or_else(missing)
    }

    pub fn text(&self, name: &str) -> Result<&str, String> {
        let value = self.at(&format!("/{name}"))?;
        value.as_str().ok_or_else(|| wrong(name, "a text", value))
    }

    pub fn number(&self, name: &str) -> Result<f64, String> {
        let value = self.at(&format!("/{name}"))?;
        value.as_f64().ok_or_else(|| wrong(name, "a number", value))
    }

    pub fn whole(&self, name: &str) -> Result<usize, String> {
        let value = self.at(&format!("/{name}"))?;
        let whole = value.as_u64().map(|whole| whole as usize);
        whole.ok_or_else(|| wrong(name, "a whole number", value))
    }

    pub fn list(&self, name: &str) -> Result<Vec<u32>, String> {
        let value = self.at(&format!("/{name}"))?;
        let entries = value.as_array().into_iter().flatten();
        let numbers: Option<Vec<u32>> = entries
            .map(|entry| entry.as_u64().map(|n| n as u32))
            .collect();
        numbers.ok_or_else(|| wrong(name, "a list of whole numbers", value))
    }
}

fn wrong(name: &str, expected: &str, got: &Value) -> String {
    format!("request: {name}: expected {expected}, got {got}")
}
