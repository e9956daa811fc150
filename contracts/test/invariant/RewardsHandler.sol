// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Voucher} from "../../src/IRewards.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Rewards} from "../../src/Rewards.sol";

/// @notice Two operators fund, pay, sign vouchers and withdraw at random, to three accounts.
contract RewardsHandler is Base {
    PrivToken private token;
    Rewards private rewards;

    uint256[2] private keys = [uint256(5), 9];
    address[3] private accounts = [address(0xA11CE), address(0xB0B), address(0xCA401)];
    uint256[2] private funded;
    uint256[2] private takenOut;
    uint256[3] private highest; // paid by both, never less than before

    constructor() {
        vm.warp(START);
        token = new PrivToken(address(this), 1_000_000e18);
        rewards = new Rewards(token);
        token.approve(address(rewards), type(uint256).max);
    }

    function operator(uint256 who) private view returns (address) {
        return vm.addr(keys[who % 2]);
    }

    function fund(uint256 who, uint256 amount) external {
        amount = bound(amount, 1, 1_000e18);
        rewards.fund(operator(who), amount);
        funded[who % 2] += amount;
    }

    function payoutMany(uint256 who, uint256 a, uint256 b, uint256 cumulative) external {
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], to[1]) = (accounts[a % 3], accounts[b % 3]);
        (amounts[0], amounts[1]) = (bound(cumulative, 0, 2_000e18), bound(cumulative >> 64, 0, 2_000e18));
        vm.prank(operator(who));
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.payoutMany, (to, amounts)));
        ok; // too large for the balance is fine
    }

    function redeem(uint256 who, uint256 a, uint256 cumulative, bool forged) external {
        Voucher memory v = Voucher(operator(who), accounts[a % 3], bound(cumulative, 0, 2_000e18));
        bytes32 typehash = keccak256("Voucher(address operator,address account,uint256 cumulative)");
        bytes32 hash = typed(separator("privd Rewards", address(rewards)), keccak256(abi.encode(typehash, v)));
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.redeem, (v, sign(forged ? 11 : keys[who % 2], hash))));
        vm.assertFalse(ok && forged);
    }

    function announce(uint256 who, uint256 amount) external {
        amount = bound(amount, 0, rewards.balanceOf(operator(who)));
        vm.prank(operator(who));
        rewards.announceWithdrawal(amount);
    }

    function withdrawFunds(uint256 who) external {
        (, uint64 readyAt) = rewards.withdrawals(operator(who));
        uint256 before = token.balanceOf(operator(who));
        vm.prank(operator(who));
        (bool ok,) = address(rewards).call(abi.encodeCall(rewards.withdrawFunds, ()));
        vm.assertTrue(ok == (readyAt != 0 && block.timestamp >= readyAt));
        takenOut[who % 2] += token.balanceOf(operator(who)) - before;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 8 days));
    }

    function checkSolvent() external view {
        vm.assertEq(
            token.balanceOf(address(rewards)), rewards.balanceOf(operator(0)) + rewards.balanceOf(operator(1)), "R1"
        );
    }

    function checkPaid() external view {
        for (uint256 i; i < 3; ++i) {
            uint256 paid = rewards.paid(operator(0), accounts[i]) + rewards.paid(operator(1), accounts[i]);
            vm.assertEq(token.balanceOf(accounts[i]), paid, "R2");
        }
    }

    function checkOwnFunds() external view {
        for (uint256 who; who < 2; ++who) {
            uint256 spent = takenOut[who];
            for (uint256 i; i < 3; ++i) {
                spent += rewards.paid(operator(who), accounts[i]);
            }
            vm.assertEq(funded[who], rewards.balanceOf(operator(who)) + spent, "R3");
        }
    }
}
