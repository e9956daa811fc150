// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Unstake} from "../../src/IStaking.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Staking} from "../../src/Staking.sol";

/// @notice Two accounts stake, ask for it back and withdraw at random.
contract StakingHandler is Base {
    PrivToken private token;
    Staking private staking;

    uint256[2] private keys = [uint256(6), 10];
    uint256 private constant EACH = 1_000e18;
    uint256 private salts;

    constructor() {
        vm.warp(START);
        token = new PrivToken(address(this), 2 * EACH);
        staking = new Staking(token);
        token.transfer(account(0), EACH);
        token.transfer(account(1), EACH);
    }

    function account(uint256 who) private view returns (address) {
        return vm.addr(keys[who % 2]);
    }

    function stake(uint256 who, uint256 amount) external {
        uint256 held = token.balanceOf(account(who));
        if (held == 0) return;
        amount = bound(amount, 1, held);
        bytes32 salt = bytes32(++salts);
        uint256 before = block.timestamp + 1;
        bytes32 nonce = staking.stakeNonce(account(who), amount, before, salt);
        (uint8 v, bytes32 r, bytes32 s) = authorization(token, keys[who % 2], address(staking), amount, before, nonce);
        staking.stakeWithAuthorization(account(who), amount, before, salt, v, r, s);
    }

    function requestUnstake(uint256 who, uint256 amount, bool forged) external {
        uint256 staked = staking.stakeOf(account(who));
        if (staked == 0) return;
        Unstake memory u = Unstake(account(who), bound(amount, 1, staked), staking.nonces(account(who)));
        bytes32 typehash = keccak256("Unstake(address account,uint256 amount,uint256 nonce)");
        bytes32 hash = typed(separator("privd Staking", address(staking)), keccak256(abi.encode(typehash, u)));
        (bool ok,) =
            address(staking).call(abi.encodeCall(staking.requestUnstake, (u, sign(forged ? 11 : keys[who % 2], hash))));
        vm.assertTrue(ok != forged);
    }

    function withdraw(uint256 who) external {
        (uint192 amount, uint64 releaseAt) = staking.cooldowns(account(who));
        (bool ok,) = address(staking).call(abi.encodeCall(staking.withdraw, (account(who))));
        vm.assertTrue(ok == (amount != 0 && block.timestamp >= releaseAt));
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 8 days));
    }

    function checkSolvent() external view {
        uint256 sum;
        for (uint256 who; who < 2; ++who) {
            (uint192 amount,) = staking.cooldowns(account(who));
            sum += staking.stakeOf(account(who)) + amount;
        }
        vm.assertEq(token.balanceOf(address(staking)), sum, "S1");
    }

    function checkConserved() external view {
        for (uint256 who; who < 2; ++who) {
            (uint192 amount,) = staking.cooldowns(account(who));
            uint256 all = token.balanceOf(account(who)) + staking.stakeOf(account(who)) + amount;
            vm.assertEq(all, EACH, "S2");
        }
    }
}
