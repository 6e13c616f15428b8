/**
 * Values shared between the threads of one process.
 *
 * <p>{@link dev.holdfast.resource.data.SharedData} is for values that are replaced: readers take
 * the current version without waiting, writers make the next, subscribers are told. {@link
 * dev.holdfast.resource.data.MutableSharedData} is for values that are changed where they stand,
 * under guards.
 *
 * <pre>{@code
 * SharedData<Limits> limits = SharedData.of(new Limits(10, 100));
 * limits.subscribe(Delivery.LATEST, now -> apply(now.value()));
 * limits.update(old -> old.withConnections(20));
 * serve(limits.get());
 *
 * SharedData<List<String>> names = SharedData.of(new ArrayList<>(), ArrayList::new);
 * names.change(list -> list.add("Ada"));                    // in place: nobody else has the list
 * try (Lease<List<String>> lease = names.lease()) {
 *   names.change(list -> list.add("Grace"));                // on a copy: the lease's stays as it is
 * }
 * names.change(list -> list.add("Barbara"));                // in place again
 * }</pre>
 *
 * <p>Inside: {@code Snapshot} knows who may have its value; {@code Mailbox} is one subscriber's.
 */
@NullMarked
package dev.holdfast.resource.data;

import org.jspecify.annotations.NullMarked;
