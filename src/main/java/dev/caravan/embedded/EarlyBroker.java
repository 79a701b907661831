package dev.caravan.embedded;

import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Profiles;
import org.springframework.util.ClassUtils;

/**
 * Starts the embedded broker on a thread of its own while Spring reads its configuration. The broker takes a fifth of a
 * start, nearly all of it loading classes, and needs nothing of Spring but its settings.
 */
class EarlyBroker implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    @Override
    public void initialize(ConfigurableApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        ConditionalOnUnset unless =
                EmbeddedConfiguration.BrokerConfiguration.class.getAnnotation(ConditionalOnUnset.class);
        if (!environment.acceptsProfiles(Profiles.of("embedded"))
                || OnUnsetCondition.anyIsSet(environment, unless.value())) {
            return;
        }
        if (!ClassUtils.isPresent(
                "org.apache.qpid.server.SystemLauncher", getClass().getClassLoader())) {
            throw new InvalidConfigurationPropertyValueException(
                    "spring.profiles.active",
                    "embedded",
                    "This jar carries no embedded broker and Redis. Use --spring.profiles.active=production.");
        }
        EmbeddedSettings settings = Binder.get(environment).bindOrCreate("caravan.embedded", EmbeddedSettings.class);
        RunDirectory directory = RunDirectory.open();
        Started started = new Started(
                directory,
                CompletableFuture.supplyAsync(
                        () -> EmbeddedBroker.start(directory.path(), settings.brokerPort()),
                        task -> new Thread(task, "caravan-broker").start()));
        DefaultListableBeanFactory beans = (DefaultListableBeanFactory) context.getBeanFactory();
        beans.registerSingleton("embeddedEarlyBroker", started);
        beans.registerDisposableBean("embeddedEarlyBroker", started);
    }

    /** The start under way; closed with the context even if that fails before it asks for the broker. */
    record Started(RunDirectory directory, CompletableFuture<EmbeddedBroker> broker) implements DisposableBean {
        @Override
        public void destroy() {
            broker.thenAccept(EmbeddedBroker::close)
                    .exceptionally(failed -> null)
                    .join();
            directory.close();
        }
    }
}
