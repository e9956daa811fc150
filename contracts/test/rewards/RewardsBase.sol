// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Voucher} from "../../src/IRewards.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Rewards} from "../../src/Rewards.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice A reward pool with one operator that holds PRIV and has approved the pool.
abstract contract RewardsBase is Base {
    uint256 internal constant OPERATOR_KEY = 5;

    address internal operator = vm.addr(OPERATOR_KEY);
    address internal alice = address(0xA11CE);
    address internal bob = address(0xB0B);

    PrivToken internal token;
    Rewards internal rewards;

    function setUp() public virtual {
        vm.warp(START);
        token = new PrivToken(operator, 1_000_000e18);
        rewards = new Rewards(token);
        vm.prank(operator);
        token.approve(address(rewards), type(uint256).max);
    }

    function fund(uint256 amount) internal {
        vm.prank(operator);
        rewards.fund(operator, amount);
    }

    function announce(uint256 amount) internal {
        vm.prank(operator);
        rewards.announceWithdrawal(amount);
    }

    function pay(address account, uint256 cumulative) internal {
        (address[] memory accounts, uint256[] memory amounts) = list(account, cumulative);
        vm.prank(operator);
        rewards.payoutMany(accounts, amounts);
    }

    function list(address account, uint256 cumulative) internal pure returns (address[] memory a, uint256[] memory c) {
        a = new address[](1);
        c = new uint256[](1);
        (a[0], c[0]) = (account, cumulative);
    }

    function voucher(address account, uint256 cumulative, uint256 key)
        internal
        view
        returns (Voucher memory v, Sig memory sig)
    {
        v = Voucher(operator, account, cumulative);
        bytes32 typehash = keccak256("Voucher(address operator,address account,uint256 cumulative)");
        sig = sign(key, typed(separator("privd Rewards", address(rewards)), keccak256(abi.encode(typehash, v))));
    }
}
