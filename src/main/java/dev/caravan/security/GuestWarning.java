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
            LOG.warn("Nobody can log in: caravan.users is empty, and guest may not come through the proxy that"
                    + " server.forward-headers-strategy (or the cloud) says is there. Set caravan.users.");
        } else {
            LOG.warn("Log in as guest with the password guest, from this machine. Every user and program here may do so"
                    + " and do everything, and so may whoever comes through a proxy on it that does not say so."
                    + " Set caravan.users to close this.");
        }
    }
}
