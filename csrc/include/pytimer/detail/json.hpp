#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytimer::detail {

/// Writes JSON; what begins must end. Numbers read back as the very same doubles.
class JsonWriter {
 public:
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    value(name);
    text_ += ": ";
    is_first_ = true;
    return *this;
  }

  JsonWriter& value(std::string_view text) {
    separate();
    text_ += '"';
    for (const char c : text) {
      append_escaped(c);
    }
    text_ += '"';
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
  JsonWriter& value(std::int64_t number) { return raw(std::to_string(number)); }
  JsonWriter& value(int number) { return raw(std::to_string(number)); }
  JsonWriter& value(std::size_t number) { return raw(std::to_string(number)); }
  JsonWriter& value(double number) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return raw({buffer, static_cast<std::size_t>(end - buffer)});
  }
  JsonWriter& null() { return raw("null"); }

  template <class Value>
  JsonWriter& value(const std::optional<Value>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <class Value>
  JsonWriter& value(const std::vector<Value>& values) {
    begin_array();
    for (const Value& one : values) {
      value(one);
    }
    return end_array();
  }

  template <class Value>
  JsonWriter& member(std::string_view name, const Value& its_value) {
    return key(name).value(its_value);
  }
  JsonWriter& null_member(std::string_view name) { return key(name).null(); }

 private:
  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    is_first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    text_ += bracket;
    is_first_ = false;
    return *this;
  }
  JsonWriter& raw(std::string_view text) {
    separate();
    text_ += text;
    return *this;
  }
  void separate() {
    if (!is_first_) {
      text_ += ", ";
    }
    is_first_ = false;
  }
  void append_escaped(char c) {
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
      text_ += buffer;
    } else {
      text_ += c;
    }
  }

  std::string text_;
  bool is_first_ = true;
};

}  // namespace pytimer::detail
