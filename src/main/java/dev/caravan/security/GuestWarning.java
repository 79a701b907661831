package dev.caravan.security;

import dev.caravan.http.ProxyHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Logs, once a node is ready, how to log in as guest, who else can, and how to prevent that. */
@Component
class GuestWarning {
    private static final Logger LOG = LoggerFactory.getLogger(GuestWarning.class);

    private final Users users;
    private final ProxyHeaders proxy;

    GuestWarning(Users users, ProxyHeaders proxy) {
        this.users = users;
        this.proxy = proxy;
    }

    /** After the start-up banner: the person who started the node needs it next. */
    @Order(Ordered.LOWEST_PRECEDENCE)
    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        if (!users.hasGuest()) {
            return;
        }
        if (proxy.areBelieved()) {
            LOG.warn("Nobody can log in: caravan.users is empty, and guest cannot log in through a proxy, which"
                    + " server.forward-headers-strategy (or the cloud) names. Set caravan.users.");
        } else {
            LOG.warn(
                    "Log in as guest with the password guest, from this machine. Until you set caravan.users, every user"
                            + " and program on this machine can do so, and may do everything; so can the clients of a proxy on"
                            + " this machine that sends no headers about them.");
        }
    }
}
