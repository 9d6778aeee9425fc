/* Real sockets behind stream ports: nothing that epoll tells only once is lost. */
#include "support/test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plat/posix/net.h"

static int dial(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void until_quiet(struct posix_net *n, int timeout_ms)
{
    net_wait(n, timeout_ms, -1);
    for (uint32_t i = 0; i < 100 && net_poll(n, 0); i++)
        continue;
}

static void the_end_of_input_is_seen_behind_its_last_bytes(void **state)
{
    struct stream_link *link = aligned_alloc(4096, sizeof *link);
    memset(link, 0, sizeof *link);
    struct stream_port *ports = link->ports;
    struct hive_net facts = {0};
    struct posix_net *n = net_open("127.0.0.1", 0, link, &facts);
    assert_non_null(n);
    int fd = dial(net_port(n));
    until_quiet(n, 1000);
    assert_int_equal(ports[0].opened, 1);
    /* Both are there before the hive looks. */
    assert_int_equal(send(fd, "last", 4, 0), 4);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    until_quiet(n, 1000);
    assert_int_equal(ports[0].rx_tail, 4);
    ports[0].rx_head = 4;
    bell_ring(&link->to_net, 0);
    until_quiet(n, 0);
    assert_int_equal(ports[0].net_closed, 1);
    close(fd);
    net_close(n);
    free(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_end_of_input_is_seen_behind_its_last_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
