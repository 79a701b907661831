package dev.caravan.chat;

import org.apache.camel.builder.RouteConfigurationBuilder;
import org.springframework.stereotype.Component;

/**
 * The failure policy of the chat.
 *
 * <ul>
 *   <li>{@code reply-with-error}: the client that sent a frame gets the reason why it failed
 * </ul>
 */
@Component
class ChatFailurePolicies extends RouteConfigurationBuilder {
    @Override
    public void configuration() {
        routeConfiguration("reply-with-error")
                .onException(Throwable.class)
                .logExhausted(false)
                .handled(true)
                .to("direct:chat-reject");
    }
}
