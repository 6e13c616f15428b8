"""Transactions: mutexes taken together in any order, and who gives way."""

from __future__ import annotations

import threading
import time
import unittest
from typing import Callable

import holdfast
from holdfast import _tickets
from holdfast._locklayout import Context, Header
from locksupport import LONG, LockTest, Running, Shared, seeded
from support import WATCHDOG_SECONDS

POLICIES = ("wait-die", "wound-wait")


class TransactionTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.a, self.b = self.space.mutex("a"), self.space.mutex("b")

    def thread(self, body) -> Running:
        """One that owns nothing, so that it can begin a transaction."""
        return self.run_thread(body, queues=True)

    def victims(self) -> int:
        return self.space._member.locks.words.get(Header.DEADLOCKS)

    # ---- by hand ---------------------------------------------------------------------------------

    def test_close_releasesWhatItTook(self) -> None:
        for policy in POLICIES:
            with self.space.transaction(policy) as tx:
                first = tx.lock(self.a)
                tx.lock(self.b, timeout=1.0)
                self.assertIs(first, tx.lock(self.a))
                first.release()
                self.assertFalse(self.a.owned)
                self.assertTrue(self.b.owned)
                self.assertIsNot(first, tx.lock(self.a))
            tx.close()
        self.assert_quiet()

    def test_close_ofTheSpace_doesNotWaitForATransaction(self) -> None:
        other = self.open()
        begun, closed = threading.Event(), threading.Event()

        def transact() -> None:
            with other.transaction() as tx:
                tx.lock(other.mutex("a"))
                begun.set()
                closed.wait(WATCHDOG_SECONDS)
                with self.assertRaises(holdfast.Closed):
                    tx.lock(other.mutex("b"))

        thread = self.run_thread(transact)
        self.assertTrue(begun.wait(WATCHDOG_SECONDS))
        other.close()
        closed.set()
        thread.result()
        with self.a as held:
            self.assertTrue(held.owner_died)
            held.mark_consistent()
        self.assert_quiet()

    def test_waitDie_meetsANewWoundWaitEachTime_diesSoOftenAndNoMore(self) -> None:
        both = (self.a, self.b)
        with self.space.transaction("wait-die") as tx:
            tx.lock(self.a)
            for deaths in range(_tickets.DEATHS_MAX):
                wanted, died = both[(deaths + 1) % 2], threading.Event()
                other = self.own_until(wanted, died.wait)
                with self.assertRaises(holdfast.TransactionDiedError):
                    tx.lock(wanted)
                died.set()
                other.result()
                tx.restart()
            last = both[(_tickets.DEATHS_MAX + 1) % 2]
            other = self.own_until(last, lambda: self.await_waiting(1))
            tx.lock(last)
            other.result()
            self.assertEqual(_tickets.DEATHS_MAX, tx.restarts)
        self.assertEqual(0, self.victims())
        self.assert_quiet()

    def own_until(self, mutex: holdfast.Mutex, over: Callable[[], object]) -> Running:
        """Another thread's transaction, which wounds; returns when it owns the mutex."""
        owned = threading.Event()

        def own() -> None:
            with self.space.transaction("wound-wait") as tx:
                tx.lock(mutex)
                owned.set()
                over()

        thread = self.thread(own)
        self.assertTrue(owned.wait(WATCHDOG_SECONDS))
        return thread

    def test_waitDie_youngerMeetsOlder_diesAndKeepsItsTicket(self) -> None:
        older = self.space.transaction("wait-die")
        older.lock(self.a)
        died = threading.Event()

        def younger() -> int:
            with self.space.transaction("wait-die") as tx:
                ticket = tx.ticket
                tx.lock(self.b)
                with self.assertRaisesRegex(holdfast.TransactionDiedError, f"lock=a, ticket={ticket}"):
                    tx.lock(self.a)
                self.assertTrue(self.b.owned)
                with self.assertRaisesRegex(holdfast.TransactionDiedError, "has to begin again"):
                    tx.lock(self.space.mutex("c"))
                died.set()
                tx.restart()
                self.assertEqual(ticket, tx.ticket)
                self.assertTrue(self.a.owned)
                self.assertFalse(self.b.owned)
                return tx.restarts

        thread = self.thread(younger)
        died.wait()
        self.await_waiting(1)
        older.lock(self.b)
        older.close()
        self.assertEqual(1, thread.result())
        self.assertEqual(0, self.victims())
        self.assert_quiet()

    def test_waitDie_olderMeetsYounger_waits(self) -> None:
        older = self.space.transaction("wait-die")
        older.lock(self.b)
        taken = threading.Event()

        def younger() -> int:
            with self.space.transaction("wait-die") as tx:
                tx.lock(self.a)
                taken.set()
                self.await_waiting(1)
                return tx.restarts

        thread = self.thread(younger)
        taken.wait()
        older.lock(self.a)
        self.assertEqual((0, 0), (older.restarts, thread.result()))
        older.close()
        self.assert_quiet()

    def test_woundWait_olderMeetsWaitingYounger_woundsAndWakesIt(self) -> None:
        older = self.space.transaction("wound-wait")
        older.lock(self.b)

        def younger() -> int:
            with self.space.transaction("wound-wait") as tx:
                tx.lock(self.a)
                with self.assertRaises(holdfast.TransactionDiedError):
                    tx.lock(self.b)
                tx.restart()
                return tx.restarts

        thread = self.thread(younger)
        self.await_waiting(1)
        older.lock(self.a)
        self.assertEqual(0, older.restarts)
        older.close()
        self.assertEqual(1, thread.result())
        self.assertEqual(0, self.victims())
        self.assert_quiet()

    def test_policiesMixed_leaveNoRing(self) -> None:
        dies = self.space.transaction("wait-die")
        dies.lock(self.b)

        def wounds() -> int:
            with self.space.transaction("wound-wait") as tx:
                tx.lock(self.a)
                tx.lock(self.b)  # drawn later, and still the older one
                return tx.restarts

        thread = self.thread(wounds)
        self.await_waiting(1)
        with self.assertRaises(holdfast.TransactionDiedError):
            dies.lock(self.a)
        dies.restart()
        self.assertEqual(0, thread.result())
        dies.close()
        self.assertEqual(0, self.victims())

    def test_ownerOutsideOfTransactions_isWaitedFor(self) -> None:
        for policy in POLICIES:
            outside = self.a.acquire()

            def inside() -> int:
                with self.space.transaction(policy) as tx:
                    tx.lock(self.b)
                    tx.lock(self.a)
                    return tx.restarts

            thread = self.thread(inside)
            self.await_waiting(1)
            outside.release()
            self.assertEqual(0, thread.result())

    # ---- run -------------------------------------------------------------------------------------

    def test_run_mustGiveWay_beginsAgainWithTheContendedOne(self) -> None:
        older = self.space.transaction()
        older.lock(self.a)
        attempts = []

        def work(tx: holdfast.Transaction) -> int:
            attempts.append(self.a.owned)
            tx.lock(self.b)
            tx.lock(self.a)
            return tx.restarts

        thread = self.thread(lambda: self.space.transaction().run(work))
        self.await_waiting(1)
        older.lock(self.b)
        older.close()
        self.assertEqual(1, thread.result())
        self.assertEqual([False, True], attempts)
        self.assert_quiet()

    def test_run_takesMutexesDirectly_obeysThePolicyToo(self) -> None:
        older = self.space.transaction()
        older.lock(self.a)
        attempts = []

        def work(_: holdfast.Transaction) -> None:
            attempts.append(1)
            with self.b, self.a:
                pass

        thread = self.thread(lambda: self.space.transaction().run(work))
        self.await_waiting(1)
        older.lock(self.b)
        older.close()
        thread.result()
        self.assertEqual(2, len(attempts))

    def test_run_ringWithOneOutsideOfTransactions_isBrokenAndRunAgain(self) -> None:
        both, first = threading.Barrier(2), [True]

        def outside() -> bool:
            with self.a:
                both.wait()
                try:
                    with self.b:
                        return True
                except holdfast.DeadlockError:
                    return False

        def work(tx: holdfast.Transaction) -> int:
            tx.lock(self.b)
            if first.pop() if first else False:
                both.wait()
            tx.lock(self.a)
            return tx.restarts

        other = self.thread(outside)
        thread = self.thread(lambda: self.space.transaction().run(work))
        self.assertEqual(1 if other.result() else 0, thread.result())
        self.assertEqual(1, self.victims())

    def test_restart_ownerHadDied_leavesThatToTheNext(self) -> None:
        self.kill(self.owner_in_child(self.b.acquire))
        older = self.space.transaction()
        older.lock(self.a)
        told = []

        def work(tx: holdfast.Transaction) -> None:
            hold = tx.lock(self.b)
            told.append(hold.owner_died)
            tx.lock(self.a)
            hold.mark_consistent()

        thread = self.thread(lambda: self.space.transaction().run(work))
        self.await_true(lambda: told, "b was never had")
        self.await_waiting(1)
        older.close()
        thread.result()
        self.assertEqual([True, True], told)

    def test_ownerInATransactionDies_itsTicketMeansNothing(self) -> None:
        def take() -> object:
            tx = self.space.transaction()
            tx.lock(self.a)
            return tx

        self.kill(self.owner_in_child(take))
        with self.space.transaction() as tx:
            tx.lock(self.b)
            hold = tx.lock(self.a)
            self.assertTrue(hold.owner_died)
            hold.mark_consistent()

    # ---- misuse ----------------------------------------------------------------------------------

    def test_misuse_isRefused(self) -> None:
        with self.assertRaisesRegex(ValueError, "bad policy: policy='first'"):
            self.space.transaction("first")
        with self.a, self.assertRaisesRegex(RuntimeError, "owned=1"):
            self.space.transaction()
        foreign = self.open(name="other").mutex("a")
        with self.space.transaction() as tx:
            with self.assertRaisesRegex(RuntimeError, "in_transaction=True"):
                self.space.transaction()
            with self.assertRaisesRegex(ValueError, "another space"):
                tx.lock(foreign)
            with self.a, self.assertRaisesRegex(RuntimeError, "owned=1"):
                tx.restart()
        with self.assertRaisesRegex(RuntimeError, "closed=True"):
            tx.lock(self.a)
        self.assert_quiet()

    def test_ticket_isInTheContextUntilClosed(self) -> None:
        words, contexts = self.space._member.locks.words, self.space._member.locks.contexts
        tx = self.space.transaction("wait-die")
        at = contexts.current().at + Context.TICKET
        self.assertEqual(tx.ticket | Context.TICKET_WAIT_DIE, words.get(at))
        tx.close()
        self.assertEqual(0, words.get(at))

    # ---- all at once -----------------------------------------------------------------------------

    def test_manyProcesses_randomMutexesInRandomOrder_allFinishWithoutAVictim(self) -> None:
        shared = Shared(self.space)
        rounds = 400 if LONG else 40

        def take_randomly(policy: str, number: int) -> None:
            rnd = seeded(f"transactions {policy} {number}")
            for _ in range(rounds):
                some = rnd.sample(range(8), 2 + rnd.randrange(2))

                def work(tx: holdfast.Transaction) -> None:
                    for i in some:
                        tx.lock(self.space.mutex(f"m{i}"))
                        time.sleep(0)
                    for i in some:
                        shared[i] += 1

                self.space.transaction(policy).run(work)

        before = sum(shared[i] for i in range(8))
        children = [self.fork(lambda p=p, n=n: take_randomly(p, n)) for p in POLICIES for n in range(2)]
        threads = [self.thread(lambda p=p, n=n: take_randomly(p, n + 2)) for p in POLICIES for n in range(2)]
        for thread in threads:
            thread.result()
        self.assertEqual([0] * 4, [self.reap(pid) for pid in children])
        taken = sum(shared[i] for i in range(8)) - before
        self.assertTrue(2 * 8 * rounds <= taken <= 3 * 8 * rounds, taken)
        self.assertEqual(0, self.victims())
        self.assert_quiet()


if __name__ == "__main__":
    unittest.main()
