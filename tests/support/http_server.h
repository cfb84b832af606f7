#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tse {

/// A small HTTP server on the loopback, for tests of what downloads. What `answer` returns is sent as it is and the
/// connection closed; a test makes it lie, break off or ignore ranges.
class HttpServer {
 public:
  struct Request {
    std::string path;
    std::string range;  // the header's value, empty where there is none
  };
  using Answer = std::function<std::string(const Request&)>;

  explicit HttpServer(Answer answer) : answer_(std::move(answer)), socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || bind(socket_, plain, size) != 0 || listen(socket_, 16) != 0 ||
        getsockname(socket_, plain, &size) != 0) {
      throw std::runtime_error("cannot listen on the loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    shutdown(socket_, SHUT_RDWR);  // wakes accept
    thread_.join();
    close(socket_);
  }

  /// Of the root, with the last slash.
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      std::string text;
      char piece[4096];
      while (text.find("\r\n\r\n") == std::string::npos) {
        const ssize_t size = recv(connection, piece, sizeof piece, 0);
        if (size <= 0) break;
        text.append(piece, static_cast<std::size_t>(size));
      }
      const Request request{.path = between(text, " ", " "), .range = between(text, "\r\nRange: ", "\r\n")};
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      std::string out = answer_(request);
      for (std::size_t sent = 0; sent < out.size();) {
        const ssize_t size = send(connection, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) break;
        sent += static_cast<std::size_t>(size);
      }
      shutdown(connection, SHUT_WR);
      while (recv(connection, piece, sizeof piece, 0) > 0) {
      }
      close(connection);
    }
  }

  static std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const std::size_t start = text.find(before);
    if (start == std::string::npos) return "";
    const std::size_t from = start + before.size();
    return text.substr(from, text.find(after, from) - from);
  }

  Answer answer_;
  int socket_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

/// An answer that promises `length` bytes and sends `body`.
inline std::string http_answer(int status, const std::string& body, std::size_t length) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(length) +
         "\r\nConnection: close\r\n\r\n" + body;
}

/// What a server that honours ranges answers for a file; of the body at most `most` bytes come before it breaks off.
inline std::string serve_file(const HttpServer::Request& request, const std::string& content,
                              std::size_t most = std::string::npos) {
  if (request.range.empty()) return http_answer(200, content.substr(0, most), content.size());
  const std::size_t start = std::stoul(request.range.substr(request.range.find('=') + 1));
  if (start >= content.size()) return http_answer(416, "", 0);
  return http_answer(206, content.substr(start, most), content.size() - start);
}

}  // namespace tse
