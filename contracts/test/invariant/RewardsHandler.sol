// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Voucher} from "../../src/IRewards.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Rewards} from "../../src/Rewards.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice Two operators fund, pay, sign vouchers, announce and withdraw at random, to three accounts, and a second set
/// of books is kept of what should have come of it. Calls must fail exactly when the books say so.
contract RewardsHandler is Base {
    struct Pool {
        uint256 balance;
        uint256 announced;
        uint256 readyAt;
        uint256 promised; // the balance when the withdrawal was announced, plus funds since, less payments since
    }

    mapping(string outcome => uint256) public reached;

    PrivToken private token;
    Rewards private rewards;

    uint256 private constant SUPPLY = 1_000_000e18;
    uint256[2] private keys = [uint256(5), 9];
    address[2] private operators;
    address[3] private accounts = [address(0xA11CE), address(0xB0B), address(0xCA401)];
    address private stranger = address(0xCAFE);

    mapping(address operator => Pool) private pools;
    mapping(address operator => mapping(address account => uint256)) private paid;
    mapping(address account => uint256) private holds;
    uint256 private donated;

    constructor() {
        vm.warp(START);
        token = new PrivToken(address(this), SUPPLY);
        rewards = new Rewards(token);
        token.approve(address(rewards), type(uint256).max);
        operators = [vm.addr(keys[0]), vm.addr(keys[1])];
        holds[address(this)] = SUPPLY;
    }

    // ------------------------------------------------------------ calls

    function fund(uint256 who, uint256 amount) external {
        amount = bound(amount, 0, 1_000e18);
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.fund, (operators[who % 2], amount)));
        vm.assertTrue(ok == (amount != 0), "funded exactly with something");
        ++reached[ok ? "fund" : "fund refused"];
        pools[operators[who % 2]].balance += amount;
        pools[operators[who % 2]].promised += amount;
        holds[address(this)] -= amount;
    }

    function payoutMany(uint256 who, uint256 a, uint256 b, uint256 cumulative) external {
        address operator = operators[who % 2];
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], to[1]) = (accounts[a % 3], accounts[b % 3]);
        (amounts[0], amounts[1]) = (bound(cumulative, 0, 2_000e18), bound(cumulative >> 64, 0, 2_000e18));
        uint256 first = due(operator, to[0], amounts[0]);
        uint256 before = to[1] == to[0] ? paid[operator][to[0]] + first : paid[operator][to[1]];
        uint256 second = amounts[1] > before ? amounts[1] - before : 0;
        vm.prank(operator);
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.payoutMany, (to, amounts)));
        vm.assertTrue(ok == (first + second <= pools[operator].balance), "paid exactly when there is enough for all");
        ++reached[!ok ? "payout refused" : first + second == 0 ? "payout of nothing" : "payout"];
        if (!ok) return;
        book(operator, to[0], first);
        book(operator, to[1], second);
    }

    function redeem(uint256 who, uint256 a, uint256 cumulative, bool forged) external {
        address operator = operators[who % 2];
        address account = accounts[a % 3];
        cumulative = bound(cumulative, 0, 2_000e18);
        uint256 amount = due(operator, account, cumulative);
        (Voucher memory v, Sig memory sig) = voucher(who % 2, account, cumulative, forged);
        vm.prank(stranger);
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.redeem, (v, sig)));
        vm.assertTrue(ok == (!forged && amount <= pools[operator].balance), "redeemed exactly when signed and funded");
        ++reached[ok ? amount == 0 ? "voucher of nothing" : "redeem" : forged ? "forgery refused" : "redeem refused"];
        if (ok) book(operator, account, amount);
    }

    function announce(uint256 who, uint256 amount) external {
        address operator = operators[who % 2];
        Pool storage pool = pools[operator];
        amount = bound(amount, 0, pool.balance + 1);
        vm.prank(operator);
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.announceWithdrawal, (amount)));
        vm.assertTrue(ok == (amount <= pool.balance), "announced exactly what is there");
        ++reached[!ok ? "announcement refused" : amount == 0 ? "cancel" : "announce"];
        if (!ok) return;
        (pool.announced, pool.readyAt) = (amount, amount == 0 ? 0 : block.timestamp + 7 days);
        pool.promised = pool.balance;
    }

    function withdrawFunds(uint256 who, bool byStranger) external {
        address operator = byStranger ? stranger : operators[who % 2];
        Pool storage pool = pools[operator];
        vm.prank(operator);
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.withdrawFunds, ()));
        bool may = pool.readyAt != 0 && block.timestamp >= pool.readyAt;
        vm.assertTrue(ok == may, "R4: taken out exactly after the notice");
        if (!ok) {
            ++reached[byStranger ? "stranger refused" : pool.readyAt == 0 ? "nothing announced" : "too early"];
            return;
        }
        uint256 amount = pool.announced < pool.balance ? pool.announced : pool.balance;
        ++reached[amount < pool.announced ? "withdraw what is left" : "withdraw"];
        pool.balance -= amount;
        holds[operator] += amount;
        (pool.announced, pool.readyAt, pool.promised) = (0, 0, pool.balance);
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1e18);
        token.transfer(address(rewards), amount);
        holds[address(this)] -= amount;
        donated += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 8 days));
    }

    // ------------------------------------------------------------ bookkeeping

    function due(address operator, address account, uint256 cumulative) private view returns (uint256) {
        uint256 before = paid[operator][account];
        return cumulative > before ? cumulative - before : 0;
    }

    function book(address operator, address account, uint256 amount) private {
        pools[operator].balance -= amount;
        pools[operator].promised -= amount;
        paid[operator][account] += amount;
        holds[account] += amount;
    }

    function voucher(uint256 who, address account, uint256 cumulative, bool forged)
        private
        view
        returns (Voucher memory v, Sig memory sig)
    {
        v = Voucher(operators[who], account, cumulative);
        bytes32 typehash = keccak256("Voucher(address operator,address account,uint256 cumulative)");
        bytes32 hash = typed(separator("privd Rewards", address(rewards)), keccak256(abi.encode(typehash, v)));
        sig = sign(forged ? 11 : keys[who], hash);
    }

    // ------------------------------------------------------------ checks

    function check_R1_Solvent() external view {
        uint256 sum = rewards.balanceOf(operators[0]) + rewards.balanceOf(operators[1]);
        vm.assertEq(token.balanceOf(address(rewards)), sum + donated, "R1");
    }

    /// @dev The books only ever add to what was paid, so equal books are books that never fall.
    function check_R2_Paid() external view {
        for (uint256 i; i < 3; ++i) {
            uint256 sum;
            for (uint256 who; who < 2; ++who) {
                vm.assertEq(rewards.paid(operators[who], accounts[i]), paid[operators[who]][accounts[i]], "R2: paid");
                sum += rewards.paid(operators[who], accounts[i]);
            }
            vm.assertEq(token.balanceOf(accounts[i]), sum, "R2: received");
        }
    }

    function check_R3_OwnFundsOnly() external view {
        uint256 sum = token.balanceOf(address(rewards));
        for (uint256 who; who < 2; ++who) {
            vm.assertEq(rewards.balanceOf(operators[who]), pools[operators[who]].balance, "R3: what can be paid");
            vm.assertEq(token.balanceOf(operators[who]), holds[operators[who]], "R3: what was taken out");
            sum += holds[operators[who]];
        }
        for (uint256 i; i < 3; ++i) {
            sum += holds[accounts[i]];
        }
        vm.assertEq(token.balanceOf(stranger), 0, "R3: a stranger");
        vm.assertEq(sum + holds[address(this)], token.totalSupply(), "R3: nobody else has anything");
    }

    /// @dev While a notice lasts, nothing but payments takes from what was there when it began; and whatever is
    /// announced, all of it can be had for a voucher.
    function check_R4_Vouchers() external {
        for (uint256 who; who < 2; ++who) {
            Pool storage pool = pools[operators[who]];
            if (pool.readyAt != 0 && block.timestamp < pool.readyAt) {
                vm.assertEq(rewards.balanceOf(operators[who]), pool.promised, "R4: what was there at the announcement");
            }
            (, bytes memory answer) = address(this).call(abi.encodeCall(this.tryVoucher, (who)));
            undone(answer);
        }
    }

    function tryVoucher(uint256 who) external {
        uint256 all = rewards.balanceOf(operators[who]);
        uint256 held = token.balanceOf(accounts[who]);
        (Voucher memory v, Sig memory sig) =
            voucher(who, accounts[who], paid[operators[who]][accounts[who]] + all, false);
        vm.prank(stranger);
        rewards.redeem(v, sig);
        vm.assertEq(token.balanceOf(accounts[who]), held + all, "R4: all of it for a voucher");
        rewards.redeem(v, sig);
        vm.assertEq(token.balanceOf(accounts[who]), held + all, "R4: a voucher works once");
        revert Done();
    }
}
