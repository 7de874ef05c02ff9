#include "core/running_md5.hpp"

#include <utility>

#include "core/transitions.hpp"

namespace partwise {

std::unique_ptr<RunningMd5::Continuation> RunningMd5::begin(const UploadId& upload,
                                                            IncomingContent& content) {
  if (mode_ == Md5Mode::on_complete) return nullptr;
  auto found = chains_.find(upload);
  if (found == chains_.end()) {
    if (chains_.size() >= kUploadsMax) return nullptr;
    found = chains_.emplace(upload, std::make_shared<Chain>()).first;
  }
  Chain& chain = *found->second;
  if (!chain.in_order || chain.continued) return nullptr;
  chain.continued = true;
  return std::make_unique<Continuation>(*this, upload, found->second, content);
}

void RunningMd5::accept(const UploadId& upload, std::unique_ptr<Continuation> continuation,
                        const PartId& part) {
  const auto found = chains_.find(upload);
  if (found == chains_.end()) return;
  Chain& chain = *found->second;
  if (!continuation || continuation->chain_ != found->second || !chain.in_order) {
    chain.in_order = false;
    return;
  }
  chain.content = std::move(continuation->source_.digester_);
  add_to_fingerprint(chain.part_ids, part.text);
  chain.has_parts = true;
}

std::optional<Md5Digest> RunningMd5::digest_of(const UploadId& upload,
                                               std::span<const std::string> part_ids) const {
  const auto found = chains_.find(upload);
  if (found == chains_.end() || !found->second->in_order) return std::nullopt;
  Sha256Digest fingerprint{};
  found->second->part_ids.clone().finish(fingerprint);
  if (fingerprint != fingerprint_of(part_ids)) return std::nullopt;
  Md5Digest digest{};
  found->second->content.clone().finish(digest);
  return digest;
}

void RunningMd5::end_continuation(const UploadId& upload, Chain& chain) {
  chain.continued = false;
  if (chain.has_parts || !chain.in_order) return;
  // Refused, and perhaps because the upload had ended: nobody would forget it again.
  const auto found = chains_.find(upload);
  if (found != chains_.end() && found->second.get() == &chain) chains_.erase(found);
}

RunningMd5::Continuation::Continuation(RunningMd5& owner, UploadId upload,
                                       std::shared_ptr<Chain> chain, IncomingContent& content)
    : owner_(owner),
      upload_(std::move(upload)),
      chain_(std::move(chain)),
      content_(content),
      source_(content, chain_->content.clone()) {}

RunningMd5::Continuation::~Continuation() { owner_.end_continuation(upload_, *chain_); }

Result<Bytes> RunningMd5::Continuation::Source::pull_now() {
  auto piece = content_.bytes().pull_now();
  if (piece) digester_.update(*piece);
  return piece;
}

}  // namespace partwise
