#include "base/hash.hpp"

#include <isa-l/crc64.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <utility>

namespace partwise {

namespace {

// Reflected ECMA-182: bit 63 is x^0, as in the tables of every CRC-64/XZ.
constexpr std::uint64_t kPolynomial = 0xC96C5795D7870F42U;

// a * b modulo the polynomial, both in reflected order.
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  for (std::uint64_t mask = std::uint64_t{1} << 63U; mask != 0; mask >>= 1U) {
    if ((a & mask) != 0) product ^= b;
    b = (b & 1U) != 0 ? (b >> 1U) ^ kPolynomial : b >> 1U;
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial.
std::uint64_t shift_by(std::uint64_t bytes) {
  std::uint64_t power = std::uint64_t{1} << 55U;   // x^8.
  std::uint64_t result = std::uint64_t{1} << 63U;  // 1.
  for (; bytes != 0; bytes >>= 1U) {
    if ((bytes & 1U) != 0) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}

}  // namespace

void Crc64::update(Bytes bytes) {
  value_ =
      crc64_ecma_refl(value_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

Crc64 Crc64::combine(Crc64 a, Crc64 b, std::uint64_t length_b) {
  return Crc64(multiply(shift_by(length_b), a.value_) ^ b.value_);
}

std::string crc64_text(std::uint64_t value) {
  std::array<std::byte, 8> big_endian{};
  for (std::size_t i = 0; i < 8; ++i) {
    big_endian[i] = static_cast<std::byte>(value >> (56U - 8U * i));
  }
  return to_hex(big_endian);
}

struct Digester::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
};

Digester::Digester(Kind kind) : context_(std::make_unique<Context>()) {
  // Fetched once: looking an algorithm up by its name costs more than digesting a short text.
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  const EVP_MD* algorithm = kind == Kind::md5 ? md5 : sha256;
  // Fails only without memory, or where a policy forbids the algorithm: neither has a better
  // answer.
  if (EVP_DigestInit_ex(context_->evp, algorithm, nullptr) != 1) std::abort();
}
Digester::Digester(std::unique_ptr<Context> context) : context_(std::move(context)) {}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

Digester Digester::clone() const {
  auto copy = std::make_unique<Context>();
  if (EVP_MD_CTX_copy_ex(copy->evp, context_->evp) != 1) std::abort();  // As above.
  return Digester(std::move(copy));
}

void Digester::update(Bytes bytes) {
  if (EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) != 1) std::abort();
}

void Digester::finish(MutableBytes out) {
  unsigned size = 0;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (EVP_DigestFinal_ex(context_->evp, digest.data(), &size) != 1 || size != out.size())
    std::abort();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(digest[i]);
}

Sha256Digest sha256(Bytes bytes) {
  Digester digester(Digester::Kind::sha256);
  digester.update(bytes);
  Sha256Digest digest{};
  digester.finish(digest);
  return digest;
}

Md5Digest md5(Bytes bytes) {
  Digester digester(Digester::Kind::md5);
  digester.update(bytes);
  Md5Digest digest{};
  digester.finish(digest);
  return digest;
}

bool equal_secrets(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace partwise
